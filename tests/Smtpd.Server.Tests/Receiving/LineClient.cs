using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Receiving;

/// <summary>A client that collects what it has to say until it must hear something, and sends that in pieces of a given size.</summary>
internal sealed class LineClient : IDisposable
{
    private readonly TcpClient connection = new();
    private readonly StringBuilder toSay = new();
    private readonly int octetsAtOnce;
    private StreamReader reader = null!;
    private bool isEnded;

    private LineClient(int octetsAtOnce) => this.octetsAtOnce = octetsAtOnce;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<LineClient> ConnectAsync(IPEndPoint server, int octetsAtOnce)
    {
        LineClient client = new(octetsAtOnce);
        await client.connection.ConnectAsync(server, Cancel);
        client.connection.NoDelay = true;
        client.reader = new StreamReader(client.connection.GetStream(), Encoding.UTF8);
        return client;
    }

    public void Say(string line) => toSay.Append(line).Append("\r\n");

    /// <summary>The next final line of a reply that begins so; positive replies before it, to pipelined commands, are passed over.</summary>
    public async Task ExpectAsync(string beginning)
    {
        await SendAsync();
        while (true)
        {
            var line = await reader.ReadLineAsync(Cancel) ?? throw new InvalidOperationException($"The server closed instead of {beginning}");
            if (line.StartsWith(beginning, StringComparison.Ordinal) && (line.Length == 3 || line[3] == ' '))
                return;
            Assert.True(line[0] is '2' or '3', $"Expected {beginning}, got: {line}");
        }
    }

    /// <summary>Ends politely or not, as the server will have it.</summary>
    public async Task EndAsync()
    {
        if (isEnded)
            return;
        isEnded = true;
        await SendAsync();
        connection.Client.Shutdown(SocketShutdown.Send);
        await reader.ReadToEndAsync(Cancel);
    }

    public void Dispose()
    {
        reader?.Dispose();
        connection.Dispose();
    }

    private async Task SendAsync()
    {
        var octets = Encoding.UTF8.GetBytes(toSay.ToString());
        toSay.Clear();
        foreach (var piece in octets.Chunk(Math.Min(octetsAtOnce, 65536)))
            await connection.GetStream().WriteAsync(piece, Cancel);
    }
}
