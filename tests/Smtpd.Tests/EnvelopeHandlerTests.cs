using System.Text;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Tests.Transport;

namespace Smtpd.Tests;

/// <summary>The seed's model: what a mailbox is, how it is found, and its limits.</summary>
public sealed class EnvelopeHandlerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<BasicEnvelope> envelopes = [];
    private readonly Directory directory = new();

    [Fact]
    public async Task An_envelope_is_told_in_the_order_of_the_seed_and_closed_once()
    {
        var calls = new List<string>();
        await using var server = Server(new SmtpServerConfig(), envelope: () => new TellTale(calls), mailboxId: 7);
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        Assert.StartsWith("250 2.0.0", await SendMessageAsync(peer), StringComparison.Ordinal);

        Assert.Equal(["sender a@x.test", "recipient b@x.test", "mailbox 7", "begin", "write hello\r\n", "close", "dispose"], calls);
    }

    [Fact]
    public async Task An_envelope_whose_message_never_comes_is_disposed_and_not_closed()
    {
        var calls = new List<string>();
        await using var server = Server(new SmtpServerConfig(), envelope: () => new TellTale(calls), mailboxId: 7);
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        peer.Close();
        await peer.Served;

        Assert.Equal(["sender a@x.test", "recipient b@x.test", "dispose"], calls);
    }

    [Fact]
    public async Task Without_a_mailbox_530_where_authentication_is_required()
    {
        await using var server = Server(new SmtpServerConfig { AuthRequired = true });
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\n");
        await peer.ReplyAsync();
        Assert.Equal("530 5.7.0 Authentication required", await peer.ReplyAsync());
        Assert.Empty(envelopes);
    }

    [Fact]
    public async Task Address_mode_finds_the_mailboxes_of_its_domains_and_tells_each_once()
    {
        await using var server = Server(new SmtpServerConfig { AddressMode = new AddressMode { Enabled = true, Domains = ["inbox.test"] } });
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<Eleven+tag@INBOX.test>\r\nRCPT TO:<twelve@inbox.test>\r\n"
            + "RCPT TO:<eleven@inbox.test>\r\nRCPT TO:<twelve@elsewhere.test>\r\n");
        for (var i = 0; i < 6; i++)
            Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0", await SendMessageAsync(peer), StringComparison.Ordinal);

        Assert.Equal([11, 12], envelopes.Single().MailboxIds);
        Assert.Equal(11, envelopes.Single().MailboxId);
        Assert.Equal(["eleven", "twelve", "eleven"], directory.Asked);
    }

    [Fact]
    public async Task A_mailbox_takes_its_number_of_messages_a_second_and_then_550()
    {
        await using var server = Server(new SmtpServerConfig { RateLimit = 2 }, mailboxId: 7);
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        Assert.StartsWith("250", await SendMessageAsync(peer), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAnotherAsync(peer), StringComparison.Ordinal);

        Assert.Equal("550 5.7.0 Requested action not taken: too many emails per second", await SendAnotherAsync(peer));

        time.Advance(TimeSpan.FromSeconds(1));
        await peer.SendAsync("RSET\r\n");
        await peer.ReplyAsync();
        Assert.StartsWith("250", await SendAnotherAsync(peer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_above_ten_counts_over_ten_seconds_and_a_mailbox_may_have_its_own()
    {
        directory.Limits = new MailboxLimits(RateLimit: 11);
        await using var server = Server(new SmtpServerConfig { RateLimit = 1 }, mailboxId: 7);
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await SendMessageAsync(peer);
        for (var i = 1; i < 11; i++)
            Assert.StartsWith("250", await SendAnotherAsync(peer), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.StartsWith("550 5.7.0", await SendAnotherAsync(peer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SIZE=101", "552 5.3.4")]
    [InlineData("", "552 5.3.4")]
    public async Task A_mailbox_may_have_a_smaller_limit_of_size(string parameter, string expected)
    {
        directory.Limits = new MailboxLimits(MessageOctets: 100);
        await using var server = Server(new SmtpServerConfig(), mailboxId: 7);
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync($"EHLO client.test\r\nMAIL FROM:<a@x.test> {parameter}\r\nRCPT TO:<b@x.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++)
            Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);
        var reply = await peer.ReplyAsync();
        if (reply.StartsWith("354", StringComparison.Ordinal))
        {
            await peer.SendAsync(new string('x', 101) + "\r\n.\r\n");
            reply = await peer.ReplyAsync();
        }

        Assert.StartsWith(expected, reply, StringComparison.Ordinal);
    }

    private static async Task<string> SendMessageAsync(InMemoryPeer peer)
    {
        await peer.SendAsync("DATA\r\n");
        var reply = await peer.ReplyAsync();
        if (!reply.StartsWith("354", StringComparison.Ordinal))
            return reply;
        await peer.SendAsync("hello\r\n.\r\n");
        return await peer.ReplyAsync();
    }

    private static async Task<string> SendAnotherAsync(InMemoryPeer peer)
    {
        await peer.SendAsync("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n");
        await peer.ReplyAsync();
        await peer.ReplyAsync();
        return await SendMessageAsync(peer);
    }

    private SmtpServer Server(SmtpServerConfig config, Func<IEnvelope>? envelope = null, int? mailboxId = null) => new(new SmtpServerOptions
    {
        Config = config,
        MailboxDirectory = directory,
        TimeProvider = time,
        OnNewConnection = (connection, _) =>
        {
            connection.MailboxId = mailboxId;
            return new(SmtpReply.Continue);
        },
        OnNewMail = (_, _, _) =>
        {
            if (envelope is not null)
                return new(envelope());
            var basic = new BasicEnvelope();
            envelopes.Add(basic);
            return new(basic);
        },
    });

    private sealed class Directory : IMailboxDirectory
    {
        public MailboxLimits Limits { get; set; }

        public List<string> Asked { get; } = [];

        public ValueTask<int?> FindByAddressAsync(MailAddress address, CancellationToken cancellationToken)
        {
            Asked.Add(address.Username);
            return new(address.Username switch { "eleven" => 11, "twelve" => 12, _ => null });
        }

        public ValueTask<MailboxLimits> GetLimitsAsync(int mailboxId, CancellationToken cancellationToken) => new(Limits);

        public ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => new((SmtpCredential?)null);
    }

    private sealed class TellTale(List<string> calls) : IEnvelope
    {
        public ValueTask AddSenderAsync(MailAddress sender, CancellationToken cancellationToken) => Tell($"sender {sender}");

        public ValueTask AddRecipientAsync(MailAddress recipient, CancellationToken cancellationToken) => Tell($"recipient {recipient}");

        public ValueTask AddMailboxIdAsync(int mailboxId, CancellationToken cancellationToken) =>
            Tell(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"mailbox {mailboxId}"));

        public ValueTask BeginDataAsync(CancellationToken cancellationToken) => Tell("begin");

        public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Tell("write " + Encoding.ASCII.GetString(content.Span));

        public ValueTask CloseAsync(CancellationToken cancellationToken) => Tell("close");

        public ValueTask DisposeAsync() => Tell("dispose");

        private ValueTask Tell(string call)
        {
            calls.Add(call);
            return ValueTask.CompletedTask;
        }
    }
}
