using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Smtpd.Server.Tests.Http;

namespace Smtpd.Server.Tests.Running;

/// <summary>What the running program tells of itself.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Metrics_count_what_has_happened()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        for (var i = 0; i < 3; i++)
            await SendAsync(program);
        await program.GetAsync("/api/mailboxes");
        using var response = await program.Http.GetAsync("/metrics", Cancel);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync(Cancel);
        PrometheusTextTests.Check(text);
        foreach (var line in new[]
        {
            "smtpd_mailbox_messages_total 3",
            "smtp_server_messages_total{network_protocol_name=\"smtp\",smtp_message_result=\"accepted\"} 3",
            "smtp_server_message_size_bytes_count{network_protocol_name=\"smtp\"} 3",
            "smtpd_http_waiters 0",
            "smtpd_build{version=",
            "smtpd_index_backlog ",
            "smtpd_store_commit_duration_seconds_bucket{le=\"+Inf\"} ",
            "http_server_request_duration_seconds_count{",
        })
        {
            Assert.Contains("\n" + line, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("x.test", text, StringComparison.Ordinal); // no address in any label
    }

    [Fact]
    public async Task Metrics_can_be_off()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Telemetry:Prometheus=false");
        using var response = await program.Http.GetAsync("/metrics", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_collector_is_sent_metrics_and_traces_when_it_is_named()
    {
        using Receiver receiver = new();
        await using var program = await SmtpdProcess.ServeAsync(directory["data"],
            "--set", $"Telemetry:OtlpEndpoint={receiver.Address}", "--set", "Telemetry:OtlpInterval=1", "--set", "Telemetry:OtlpHeaders=x-key=a secret");
        await SendAsync(program);
        await Poll.UntilAsync(() => receiver.Has("/v1/metrics", "smtp.server.messages") && receiver.Has("/v1/traces", "smtp.transaction"), Cancel);
        Assert.All(receiver.Requests, each => Assert.Equal(("POST", "application/x-protobuf", "a secret"), (each.Method, each.Type, each.Key)));
        Assert.True(receiver.Has("/v1/metrics", "smtpd.mailbox.messages"));
        Assert.DoesNotContain("a secret", program.Log, StringComparison.Ordinal);
        Assert.Equal(0, await program.TerminateAsync());
    }

    private static async Task SendAsync(SmtpdProcess program)
    {
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("measured")), StringComparison.Ordinal);
        await client.CommandAsync("QUIT", "221");
    }

    /// <summary>Takes whatever is posted to it.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener listener = new();

        public Receiver()
        {
            // HttpListener takes no port 0: the first free one of a few.
            for (var port = 20_000 + (Environment.ProcessId % 20_000); ; port++)
            {
                Address = $"http://127.0.0.1:{port}/";
                listener.Prefixes.Clear();
                listener.Prefixes.Add(Address);
                try
                {
                    listener.Start();
                    break;
                }
                catch (HttpListenerException)
                {
                    // Somebody else has it.
                }
            }

            _ = TakeAsync();
        }

        public string Address { get; private set; }

        public ConcurrentQueue<(string Method, string Path, string? Type, string? Key, string Body)> Requests { get; } = new();

        public bool Has(string path, string words) => Requests.Any(each => each.Path == path && each.Body.Contains(words, StringComparison.Ordinal));

        public void Dispose() => listener.Close();

        private async Task TakeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    using MemoryStream body = new();
                    await context.Request.InputStream.CopyToAsync(body);
                    Requests.Enqueue((context.Request.HttpMethod, context.Request.Url!.AbsolutePath, context.Request.ContentType, context.Request.Headers["x-key"], Encoding.Latin1.GetString(body.ToArray())));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
