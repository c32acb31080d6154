using Smtpd.Tests.Dialogues;
using Smtpd.Tests.Transport;

namespace Smtpd.Tests;

/// <summary>The dialogue as a server records it for people to read.</summary>
public sealed class TranscriptOfConnectionTests
{
    private const string Password = "AGpvZQBzZWNyZXQ=";

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task The_dialogue_is_recorded_with_the_length_of_the_content()
    {
        var transcript = await RecordAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n");

        Assert.StartsWith("S: 220 mx.test", transcript, StringComparison.Ordinal);
        Assert.Contains("C: MAIL FROM:<a@x.test>\nS: 250 2.1.0 Sender OK\n", transcript, StringComparison.Ordinal);
        Assert.Contains("-- 7 octets of content\nS: 250 2.0.0", transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("hello\n", transcript, StringComparison.Ordinal);
        Assert.EndsWith("C: QUIT\nS: 221 2.0.0 mx.test Service closing transmission channel\n", transcript, StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("EHLO client.test\r\nAUTH X-ONE " + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nauth x-one\r\n" + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nAUTH X-OTHER " + Password + "\r\n" + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nAUTH " + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nAUTH\tX-ONE\t" + Password + "\r\n" + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nAUTHX-ONE " + Password + "\r\n")]
    [InlineData("AUTH X-ONE\r\n" + Password + "\r\n")]
    [InlineData("EHLO client.test\r\nAUTH X-ONE !\r\n" + Password + "\r\n")]
    public async Task Secrets_are_not_recorded_whatever_the_client_did_wrong(string dialogue)
    {
        var transcript = await RecordAsync(dialogue + "QUIT\r\n");

        Assert.DoesNotContain(Password, transcript, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("(not shown)", transcript, StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_long_dialogue_keeps_its_end()
    {
        var transcript = await RecordAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 200)) + "QUIT\r\n", length: 300);

        Assert.StartsWith("...\n", transcript, StringComparison.Ordinal);
        Assert.EndsWith("channel\n", transcript, StringComparison.Ordinal);
        Assert.InRange(transcript.Length, 200, 304);
    }

    private static async Task<string> RecordAsync(string dialogue, int length = 100_000)
    {
        var handler = new Recorder();
        var options = new SmtpServerOptions { Hostname = "mx.test", TranscriptLength = length, HandlerFactory = _ => handler };
        options.Authentication.AllowInClear = true;
        options.Authentication.Mechanisms.Add(new ScriptedMechanism("X-ONE"));
        await using var server = new SmtpServer(options);
        var peer = InMemoryPeer.Connect(server);
        await peer.SendAsync(dialogue);
        while ((await peer.ReplyAsync()).Length > 0)
        {
        }

        await peer.Served;
        return handler.Transcript;
    }

    private sealed class Recorder : SmtpHandler
    {
        public string Transcript { get; private set; } = string.Empty;

        public override ValueTask<SmtpReply> OnRecipientAsync(
            SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

        public override ValueTask<DataResult> OnMessageAsync(
            SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) => new(SmtpReply.Ok);

        public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
        {
            Transcript = connection.Transcript!.ToString();
            return ValueTask.CompletedTask;
        }
    }
}
