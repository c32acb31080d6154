#:project ../src/Smtpd/Smtpd.csproj
// A filter behind a mail server (RFC 2033): looks at the content once, and answers each recipient on its own.
// Postfix: lmtp_destination_recipient_limit = 50, mailbox_transport = lmtp:inet:127.0.0.1:2424
//   dotnet run lmtp-filter.cs [address to listen on, default 127.0.0.1:2424] [recipients who want spam too]...
using Smtpd;

var wantSpam = args.Skip(1).ToHashSet(StringComparer.OrdinalIgnoreCase);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };

await using var server = new SmtpServer(new SmtpServerOptions
{
    Endpoints = { new SmtpEndpoint(SmtpEndpoint.Parse(args is [var address, ..] ? address : "127.0.0.1:2424").EndPoint) { IsLmtp = true } },
    HandlerFactory = _ => new Filter(wantSpam),
});
await server.StartAsync(stop.Token);
Console.WriteLine($"Listening on {string.Join(", ", server.LocalEndPoints)}, Ctrl+C to stop");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
await server.StopAsync();

sealed class Filter(HashSet<string> wantSpam) : SmtpHandler
{
    // The test pattern that every spam filter knows.
    private static readonly byte[] Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"u8.ToArray();

    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    public override async ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await body.CopyToAsync(content, cancellationToken);
        var isSpam = content.GetBuffer().AsSpan(0, (int)content.Length).IndexOf(Gtube) >= 0;
        return DataResult.PerRecipient(recipient =>
        {
            var isTaken = !isSpam || wantSpam.Contains(recipient.Address.Email);
            Console.WriteLine($"{(isTaken ? "taken" : "refused")} for <{recipient}>");
            return isTaken ? SmtpReply.Ok : new SmtpReply(550, new(5, 7, 1), "This looks like spam");
        });
    }
}
