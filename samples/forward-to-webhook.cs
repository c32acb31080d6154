#:project ../src/Smtpd/Smtpd.csproj
// Posts each message to a URL, as it is. The client is told 250 only when the URL has answered 2xx; otherwise it tries again later.
//   dotnet run forward-to-webhook.cs https://example.com/inbound [address to listen on, default 127.0.0.1:2525]
using System.Net.Http.Headers;
using Smtpd;

if (args is not [var url, .. var rest] || !Uri.TryCreate(url, UriKind.Absolute, out var webhook))
{
    Console.Error.WriteLine("usage: dotnet run forward-to-webhook.cs URL [ADDRESS]");
    return 1;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };
using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };

await using var server = new SmtpServer(new SmtpServerOptions
{
    Endpoints = { SmtpEndpoint.Parse(rest is [var address, ..] ? address : "127.0.0.1:2525") },
    OnMessage = async (mail, cancellationToken) =>
    {
        // Streamed: a large message never lies in memory as a whole.
        using var content = new StreamContent(mail.Body.AsStream());
        content.Headers.ContentType = new MediaTypeHeaderValue("message/rfc822");
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook) { Content = content };
        // Escaped: an address may hold what a header must not.
        request.Headers.Add("X-Envelope-From", Uri.EscapeDataString(mail.Transaction.Sender.Email));
        request.Headers.Add("X-Envelope-To", mail.Transaction.Recipients.Select(recipient => Uri.EscapeDataString(recipient.Address.Email)));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            Console.WriteLine($"{(int)response.StatusCode} for a message from <{mail.Transaction.Sender}>");
            return response.IsSuccessStatusCode ? SmtpReply.Accepted("forwarded") : new SmtpReply(451, new(4, 3, 0), "Not taken yet, try again later");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            Console.Error.WriteLine(exception.Message);
            return new SmtpReply(451, new(4, 4, 1), "Nobody there to take it, try again later");
        }
    },
});
await server.StartAsync(stop.Token);
Console.WriteLine($"Listening on {string.Join(", ", server.LocalEndPoints)}, Ctrl+C to stop");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
await server.StopAsync();
return 0;
