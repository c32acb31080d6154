using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Stands between a client and the server and remembers what the client sent: what it meant to send is its own business.</summary>
internal sealed class RecordingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint server;
    private readonly MemoryStream sent = new();

    public RecordingProxy(IPEndPoint server)
    {
        this.server = server;
        listener.Start();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Passes one connection on, to its end.</summary>
    public async Task PassOneAsync()
    {
        using var client = await listener.AcceptTcpClientAsync(Cancel);
        using TcpClient onward = new();
        await onward.ConnectAsync(server, Cancel);
        var back = CopyAsync(onward, client, null);
        await CopyAsync(client, onward, sent);
        await back;
    }

    /// <summary>The contents of the DATA commands, dots taken off again.</summary>
    public IReadOnlyList<byte[]> Contents()
    {
        // Octets as characters of the same number.
        var all = Encoding.Latin1.GetString(sent.ToArray());
        List<byte[]> contents = [];
        var at = 0;
        while ((at = all.IndexOf("DATA\r\n", at, StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            var start = at + "DATA\r\n".Length;
            var end = all.IndexOf("\r\n.\r\n", start - 2, StringComparison.Ordinal) + 2;
            var content = all[start..end];
            content = (content.StartsWith('.') ? content[1..] : content).Replace("\r\n.", "\r\n", StringComparison.Ordinal);
            contents.Add(Encoding.Latin1.GetBytes(content));
            at = end;
        }

        return contents;
    }

    public void Dispose()
    {
        listener.Dispose();
        sent.Dispose();
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, MemoryStream? record)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, Cancel)) > 0)
            {
                record?.Write(buffer, 0, read);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), Cancel);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // One side has gone; the other copy ends by itself.
        }
    }
}
