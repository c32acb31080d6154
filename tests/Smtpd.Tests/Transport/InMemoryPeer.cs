using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace Smtpd.Tests.Transport;

/// <summary>A client on two pipes in memory, and the server's side of them.</summary>
internal sealed class InMemoryPeer : IDuplexPipe
{
    private readonly Pipe toServer;
    private readonly Pipe toClient;

    public InMemoryPeer(long window = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: window, resumeWriterThreshold: window / 2, useSynchronizationContext: false);
        toServer = new Pipe(options);
        toClient = new Pipe(options);
    }

    public PipeReader Input => toServer.Reader;

    public PipeWriter Output => toClient.Writer;

    /// <summary>Ends with the connection.</summary>
    public Task Served { get; private set; } = Task.CompletedTask;

    public static InMemoryPeer Connect(SmtpServer server, long window = 64 * 1024, EndPoint? remote = null)
    {
        var peer = new InMemoryPeer(window);
        peer.Served = server.ServeConnectionAsync(peer, remoteEndPoint: remote);
        return peer;
    }

    public async Task SendAsync(string text) => await toServer.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends content in lines; the task ends when there was room for all.</summary>
    public async Task FloodAsync(int octets)
    {
        var lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a line of content\r\n", 1 + octets / 19)));
        await toServer.Writer.WriteAsync(lines.AsMemory(0, octets));
    }

    public void Close() => toServer.Writer.Complete();

    /// <summary>The next reply, all its lines; an empty text at the end of the connection.</summary>
    public async Task<string> ReplyAsync()
    {
        var lines = new StringBuilder();
        while (true)
        {
            var line = await LineAsync();
            lines.Append(line);
            if (line.Length < 4 || line[3] != '-')
                return lines.ToString().TrimEnd();
        }
    }

    /// <summary>Greeting, EHLO and MAIL.</summary>
    public async Task BeginMailAsync()
    {
        await ReplyAsync();
        await SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n");
        await ReplyAsync();
        await ReplyAsync();
        Assert.StartsWith("250 2.1.5", await ReplyAsync(), StringComparison.Ordinal);
    }

    private async Task<string> LineAsync()
    {
        while (true)
        {
            var result = await toClient.Reader.ReadAsync(TestContext.Current.CancellationToken);
            if (System.Buffers.BuffersExtensions.PositionOf(result.Buffer, (byte)'\n') is { } end)
            {
                var line = result.Buffer.Slice(0, result.Buffer.GetPosition(1, end));
                var text = Encoding.UTF8.GetString(line);
                toClient.Reader.AdvanceTo(line.End);
                return text;
            }

            if (result.IsCompleted)
                return string.Empty;
            toClient.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
