using System.Collections.Concurrent;
using System.Diagnostics;

namespace Smtpd.Hosting.Tests.Diagnostics;

public sealed class TelemetryTests
{
    private const int Hang = 30_000;

    private static readonly SmtpReply Full = new(452, new(4, 2, 2), "Full");

    [Fact(Timeout = Hang)]
    public async Task Messages_are_counted_by_what_became_of_them()
    {
        using var measured = new Measurements();
        await using var server = new SmtpTestServer(options => options.MeterFactory = measured);
        server.Faults.Reply(SmtpTestStage.Message, Full);
        server.Faults.Reply(SmtpTestStage.Message, SmtpReply.RelayDenied);
        await using (var client = server.Connect())
        {
            await client.HelloAsync(cancellationToken: Token);
            await client.SendMessageAsync("a@x.test", ["b@x.test"], "deferred", Token);
            await client.SendMessageAsync("a@x.test", ["b@x.test"], "rejected", Token);
            await client.SendMessageAsync("a@x.test", ["b@x.test"], "accepted", Token);
            await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
            await client.CommandAsync("RSET", 250, Token);
            await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
        }

        await server.DisposeAsync();
        Assert.Equal(["5x network.protocol.name=smtp"], measured.Of("smtp.server.transactions"));
        string[] expected =
        [
            "1x network.protocol.name=smtp smtp.message.result=accepted", "1x network.protocol.name=smtp smtp.message.result=deferred",
            "1x network.protocol.name=smtp smtp.message.result=rejected", "2x network.protocol.name=smtp smtp.message.result=aborted",
        ];
        Assert.Equal(expected, measured.Of("smtp.server.messages"));
        Assert.Equal(expected, measured.Of("smtp.server.message.duration"));
        // Each has CRLF behind its eight letters.
        Assert.Equal([10, 10, 10], measured.ValuesOf("smtp.server.message.size"));
        Assert.Equal(["1x smtp.response.status_code=452 smtp.stage=message", "1x smtp.response.status_code=550 smtp.stage=message"], measured.Of("smtp.server.refusals"));
    }

    [Fact(Timeout = Hang)]
    public async Task A_message_with_content_that_is_refused_is_rejected()
    {
        using var measured = new Measurements();
        await using var server = new SmtpTestServer(options =>
        {
            options.MeterFactory = measured;
            options.Limits = options.Limits with { MessageOctets = 1000 };
        });
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        Assert.Equal(552, (await client.SendMessageAsync("a@x.test", ["b@x.test"], new string('x', 2000), Token)).Code);

        Assert.Equal(["1x network.protocol.name=smtp smtp.message.result=rejected"], measured.Of("smtp.server.messages"));
        Assert.Equal(["1x smtp.response.status_code=552 smtp.stage=message"], measured.Of("smtp.server.refusals"));
        Assert.Empty(measured.Of("smtp.server.message.size"));
    }

    [Fact(Timeout = Hang)]
    public async Task A_message_for_some_of_its_recipients_is_a_partial_one()
    {
        using var measured = new Measurements();
        await using var server = new SmtpTestServer(options =>
        {
            options.MeterFactory = measured;
            options.HandlerFactory = _ => new EachHandler();
        });
        await using var client = server.Connect(endpoint: new SmtpEndpoint(new System.Net.IPEndPoint(0, 24)) { IsLmtp = true });
        await client.ExpectAsync(220, Token);
        await client.CommandAsync("LHLO client.test", 250, Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test", "full@x.test"], "Hi.", Token);
        await client.ExpectAsync(452, Token);

        Assert.Equal(["1x network.protocol.name=lmtp smtp.message.result=partial"], measured.Of("smtp.server.messages"));
    }

    [Fact(Timeout = Hang)]
    public async Task Every_refusal_is_counted_with_its_stage_and_code()
    {
        using var measured = new Measurements();
        await using var server = new SmtpTestServer(options => options.MeterFactory = measured);
        server.Faults.RefuseNextRecipient();
        server.Faults.Throw(SmtpTestStage.Data);
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.CommandAsync("RCPT TO:<b@x.test>", 503, Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
        await client.CommandAsync("RCPT TO:<b@x.test>", 550, Token);
        await client.CommandAsync("RCPT TO:<b@x.test>", 250, Token);
        await client.CommandAsync("DATA", 451, Token);
        await client.CommandAsync("HOCUS pocus", 500, Token);
        await client.CommandAsync("bare\rreturn", 500, Token);
        await client.CommandAsync("VRFY me", 252, Token);

        Assert.Equal(
            [
                "1x smtp.response.status_code=451 smtp.stage=DATA", "1x smtp.response.status_code=503 smtp.stage=RCPT",
                "1x smtp.response.status_code=550 smtp.stage=RCPT", "2x smtp.response.status_code=500 smtp.stage=unknown",
            ],
            measured.Of("smtp.server.refusals"));
        Assert.Contains("1x smtp.stage=connect", measured.Of("smtp.server.handler.duration"), StringComparer.Ordinal);
        Assert.Contains("2x smtp.stage=RCPT", measured.Of("smtp.server.handler.duration"), StringComparer.Ordinal);
    }

    [Fact(Timeout = Hang)]
    public async Task Connections_are_counted_while_they_last_and_measured_when_they_end()
    {
        using var measured = new Measurements();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var server = new SmtpTestServer(options =>
        {
            options.MeterFactory = measured;
            options.TimeProvider = time;
            options.Limits = options.Limits with { Connections = 1 };
        });
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await using var oneTooMany = server.Connect();
        await oneTooMany.ExpectAsync(421, Token);
        Assert.Equal(1, measured.Observe("smtp.server.active_connections"));

        time.Advance(TimeSpan.FromSeconds(7));
        await client.CommandAsync("QUIT", 221, Token);
        await client.ExpectEndAsync(Token);
        await server.DisposeAsync();

        Assert.Equal(["1x"], measured.Of("smtp.server.refused_connections"));
        Assert.Equal(["1x network.protocol.name=smtp smtp.disconnect_reason=quit"], measured.Of("smtp.server.connection.duration"));
        Assert.Equal([7], measured.ValuesOf("smtp.server.connection.duration"));
    }

    [Fact(Timeout = Hang)]
    public async Task Handshakes_and_AUTH_are_measured_without_names_of_the_client()
    {
        using var measured = new Measurements();
        await using var server = new SmtpTestServer(options =>
        {
            options.MeterFactory = measured;
            options.Tls = SmtpTestServer.CreateTls();
            options.Authentication.Passwords = SmtpTestServer.AnyPassword;
        });
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.StartTlsAsync(cancellationToken: Token);
        await client.CommandAsync("EHLO client.test", 250, Token);
        await client.CommandAsync("AUTH SECRET-NAME", 504, Token);
        await client.AuthenticateAsync("ann", "secret", Token);
        await using var broken = server.Connect();
        await broken.HelloAsync(cancellationToken: Token);
        await broken.CommandAsync("STARTTLS", 220, Token);
        await broken.SendLineAsync("this is no TLS", Token);
        await broken.ExpectEndAsync(Token);

        Assert.Equal(
            ["1x error.type=System.Security.Authentication.AuthenticationException", "1x tls.protocol.version=1.3"], measured.Of("smtp.server.tls_handshake.duration"));
        Assert.Equal(
            ["1x smtp.auth.mechanism=PLAIN smtp.response.status_code=235", "1x smtp.auth.mechanism=_OTHER smtp.response.status_code=504"],
            measured.Of("smtp.server.authentications"));
    }

    [Fact(Timeout = Hang)]
    public async Task A_transaction_is_a_span_that_the_work_of_the_handler_belongs_to()
    {
        using var traced = new Traced();
        using var source = new ActivitySource(Traced.HandlersOwn);
        var spans = new List<Activity?>();
        await using var server = new SmtpTestServer(options => options.HandlerFactory = _ => new TracingHandler(source, spans));
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.SendMessageAsync("secret-sender@x.test", ["secret-recipient@x.test"], "small", Token);
        var large = new string('x', 200_000);
        Assert.Equal(452, (await client.SendMessageAsync("secret-sender@x.test", ["full@x.test"], large, Token)).Code);
        await client.CommandAsync("QUIT", 221, Token);
        await server.DisposeAsync();

        var connection = Assert.IsType<string>(spans[0]!.GetTagItem("connection"));
        var transactions = traced.Ended.Where(activity => connection.Equals(activity.GetTagItem("smtp.connection.id"))).ToArray();
        Assert.Equal(["accepted", "deferred"], transactions.Select(activity => activity.GetTagItem("smtp.message.result")));
        Assert.Equal([250, 452], transactions.Select(activity => activity.GetTagItem("smtp.response.status_code")));
        Assert.Equal([7L, 200_002L], transactions.Select(activity => activity.GetTagItem("smtp.message.size")));
        Assert.Equal([1, 1], transactions.Select(activity => activity.GetTagItem("smtp.recipients")));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], transactions.Select(activity => activity.Status));
        // MAIL and the message of both: the handler's spans are children of their transaction's.
        Assert.Equal(
            [transactions[0].SpanId, transactions[0].SpanId, transactions[1].SpanId, transactions[1].SpanId], spans.Select(span => span!.ParentSpanId));
        Assert.DoesNotContain(transactions.SelectMany(activity => activity.TagObjects), tag => $"{tag.Value}".Contains('@', StringComparison.Ordinal));
    }

    [Fact(Timeout = Hang)]
    public async Task A_refused_sender_ends_its_span()
    {
        using var traced = new Traced();
        await using var server = new SmtpTestServer();
        server.Faults.Reply(SmtpTestStage.Mail, new SmtpReply(550, "No"));
        server.Faults.Throw(SmtpTestStage.Mail);
        server.Faults.Throw(SmtpTestStage.Mail, new SmtpReplyException(new SmtpReply(553, "No")));
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 550, Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 451, Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 553, Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token);

        var connection = Assert.Single(server.Messages).Connection.Id;
        Assert.Equal(
            ["rejected 550", "deferred 451", "rejected 553", "accepted 250"],
            traced.Ended.Where(activity => connection.Equals(activity.GetTagItem("smtp.connection.id")))
                .Select(activity => $"{activity.GetTagItem("smtp.message.result")} {activity.GetTagItem("smtp.response.status_code")}"));
    }

    [Fact(Timeout = Hang)]
    public async Task Nothing_is_measured_for_nobody()
    {
        using var measured = new Measurements(listens: false);
        var time = new CountingTime();
        await using var server = new SmtpTestServer(options =>
        {
            options.MeterFactory = measured;
            options.TimeProvider = time;
        });
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        var before = time.Timestamps;
        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token);

        // The heartbeat looks once a second.
        Assert.InRange(time.Timestamps - before, 0, 2);
        Assert.Empty(measured.Of("smtp.server.messages"));
    }

    [Fact]
    public void Every_instrument_is_documented()
    {
        var names = new List<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        using var measured = new Measurements(listens: false);
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, measured))
                names.Add($"| `{instrument.Name}` | {(instrument.GetType().Name.Split('`')[0])} | {instrument.Unit} |");
        };
        listener.Start();
        using var telemetry = new Smtpd.Diagnostics.ServerTelemetry(measured, TimeProvider.System, () => 0);

        var document = File.ReadAllText(Smtpd.Tests.Repository.PathOf("docs/telemetry.md"));
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(name, document, StringComparison.Ordinal));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed class EachHandler : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnRecipientAsync(
            SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

        public override ValueTask<DataResult> OnMessageAsync(
            SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
            new(DataResult.PerRecipient(recipient => recipient.Address.LocalPart == "full" ? Full : SmtpReply.Ok));
    }

    private sealed class TracingHandler(ActivitySource source, List<Activity?> spans) : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
        {
            Trace(connection);
            return new(SmtpReply.Continue);
        }

        public override ValueTask<SmtpReply> OnRecipientAsync(
            SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

        public override async ValueTask<DataResult> OnMessageAsync(
            SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
        {
            await body.CopyToAsync(Stream.Null, cancellationToken);
            Trace(connection);
            return transaction.Recipients[0].Address.LocalPart == "full" ? Full : SmtpReply.Ok;
        }

        private void Trace(SmtpConnection connection)
        {
            using var span = source.StartActivity("work");
            span?.SetTag("connection", connection.Id);
            spans.Add(span);
        }
    }

    private sealed class Traced : IDisposable
    {
        public const string HandlersOwn = "Smtpd.Hosting.Tests.Handler";

        private readonly ActivityListener listener;
        private readonly ConcurrentQueue<Activity> ended = new();

        public Traced()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Smtpd" or HandlersOwn,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = ended.Enqueue,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public IEnumerable<Activity> Ended => ended;

        public void Dispose() => listener.Dispose();
    }

    private sealed class CountingTime : TimeProvider
    {
        private int timestamps;

        public int Timestamps => Volatile.Read(ref timestamps);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref timestamps);
            return base.GetTimestamp();
        }
    }
}
