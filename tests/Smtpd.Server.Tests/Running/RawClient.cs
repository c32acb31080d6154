using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Speaks SMTP octet by octet as told, so that nothing is put right on the way.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient client = new();
    private NetworkStream stream = null!;
    private StreamReader reader = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Connects and says hello.</summary>
    public static Task<RawClient> ConnectAsync(IPEndPoint server, CancellationToken cancellationToken = default) => ConnectAsync(server, "EHLO", cancellationToken);

    /// <summary>Connects and says hello in this way.</summary>
    public static async Task<RawClient> ConnectAsync(IPEndPoint server, string hello, CancellationToken cancellationToken)
    {
        RawClient raw = new();
        try
        {
            await raw.client.ConnectAsync(server, cancellationToken);
            raw.client.NoDelay = true;
            raw.stream = raw.client.GetStream();
            raw.reader = new StreamReader(raw.stream, Encoding.Latin1);
            await raw.ExpectAsync("220");
            await raw.CommandAsync(hello + " client.x.test", "250");
            return raw;
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>RFC 5321 4.5.2: a dot before each line that begins with one.</summary>
    public static byte[] Stuff(byte[] message)
    {
        using MemoryStream stuffed = new(message.Length + 100);
        var lineStarts = true;
        foreach (var each in message)
        {
            if (lineStarts && each == '.')
                stuffed.WriteByte((byte)'.');
            stuffed.WriteByte(each);
            lineStarts = each == '\n';
        }

        return stuffed.ToArray();
    }

    /// <summary>The last line of the next reply.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async Task<string> ReplyAsync()
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(Cancel) ?? throw new IOException("closed");
            if (line.Length < 4 || line[3] != '-')
                return line;
        }
    }

    public async Task ExpectAsync(string code)
    {
        var reply = await ReplyAsync();
        if (!reply.StartsWith(code, StringComparison.Ordinal))
            throw new InvalidOperationException($"Expected {code}, got: {reply}");
    }

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await stream.WriteAsync(octets, Cancel);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task CommandAsync(string command, string code)
    {
        await SendAsync(command + "\r\n");
        await ExpectAsync(code);
    }

    /// <summary>MAIL, RCPT and DATA up to 354.</summary>
    public async Task BeginAsync(string recipient = "b@y.test")
    {
        await CommandAsync("MAIL FROM:<a@x.test>", "250");
        await CommandAsync($"RCPT TO:<{recipient}>", "250");
        await CommandAsync("DATA", "354");
    }

    /// <summary>A whole transaction. <paramref name="message"/> ends with CRLF.</summary>
    /// <returns>The reply to the end of data.</returns>
    public async Task<string> MessageAsync(byte[] message)
    {
        await BeginAsync();
        await SendAsync(Stuff(message));
        await SendAsync(".\r\n");
        return await ReplyAsync();
    }

    public void Dispose()
    {
        reader?.Dispose();
        client.Dispose();
    }
}
