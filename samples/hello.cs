#:project ../src/Smtpd/Smtpd.csproj
// A mail server in one function: prints what arrives.
//   dotnet run hello.cs [address to listen on, default 127.0.0.1:2525]
using Smtpd;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };

await using var server = new SmtpServer(new SmtpServerOptions
{
    Endpoints = { SmtpEndpoint.Parse(args is [var address, ..] ? address : "127.0.0.1:2525") },
    OnMessage = async (mail, cancellationToken) =>
    {
        using var reader = new StreamReader(mail.Body.AsStream());
        var content = await reader.ReadToEndAsync(cancellationToken);
        Console.WriteLine($"From <{mail.Transaction.Sender}> to <{string.Join(">, <", mail.Transaction.Recipients)}>:\n{content}");
        return SmtpReply.Accepted("printed");
    },
});
await server.StartAsync(stop.Token);
Console.WriteLine($"Listening on {string.Join(", ", server.LocalEndPoints)}, Ctrl+C to stop");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
await server.StopAsync();
