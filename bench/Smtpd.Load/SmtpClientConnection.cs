using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Load;

/// <summary>One client connection: sends steps and insists on the replies they must get.</summary>
internal sealed class SmtpClientConnection : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] input = new byte[2048];
    private int start;
    private int end;

    /// <summary>Connects, reads the greeting and says EHLO.</summary>
    public async Task OpenAsync(IPEndPoint server, MailScript script, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(server, cancellationToken);
        await ExpectAsync(220, cancellationToken);
        await RunAsync(script.Hello, cancellationToken);
    }

    public async ValueTask RunAsync(Step step, CancellationToken cancellationToken)
    {
        for (ReadOnlyMemory<byte> rest = step.Octets; !rest.IsEmpty;)
            rest = rest[await socket.SendAsync(rest, cancellationToken)..];
        for (var i = 0; i < step.Replies.Count; i++)
            await ExpectAsync(step.Replies[i], cancellationToken);
    }

    /// <summary>QUIT, its reply, and the server's end of the connection.</summary>
    public async Task CloseAsync(MailScript script, CancellationToken cancellationToken)
    {
        await RunAsync(script.Quit, cancellationToken);
        if (start != end || await socket.ReceiveAsync(input, cancellationToken) != 0)
            throw new UnexpectedReplyException($"Octets after the reply to QUIT.");
    }

    public void Dispose() => socket.Dispose();

    private async ValueTask ExpectAsync(int code, CancellationToken cancellationToken)
    {
        while (!TakeReply(code))
        {
            if (start > 0)
            {
                input.AsSpan(start..end).CopyTo(input);
                (start, end) = (0, end - start);
            }
            if (end == input.Length)
                throw new UnexpectedReplyException($"A reply line of more than {input.Length} octets.");
            var received = await socket.ReceiveAsync(input.AsMemory(end), cancellationToken);
            if (received == 0)
                throw new UnexpectedReplyException($"Expected {code}, but the server closed the connection.");
            end += received;
        }
    }

    /// <summary>Consumes lines up to the last one of a reply. False: its end has not arrived yet.</summary>
    private bool TakeReply(int code)
    {
        while (true)
        {
            ReadOnlySpan<byte> line = input.AsSpan(start..end);
            var length = line.IndexOf("\r\n"u8);
            if (length < 0)
                return false;
            line = line[..length];
            start += length + 2;
            if (!Utf8Parser.TryParse(line, out int actual, out var digits) || digits != 3 || actual != code)
                throw new UnexpectedReplyException($"Expected {code}, got \"{Encoding.UTF8.GetString(line)}\".");
            if (line.Length == 3 || line[3] == ' ')
                return true;
            if (line[3] != '-')
                throw new UnexpectedReplyException($"Not a reply line: \"{Encoding.UTF8.GetString(line)}\".");
        }
    }
}

/// <summary>The server said something else than the dialogue asks for.</summary>
internal sealed class UnexpectedReplyException(FormattableString message) : Exception(message.ToString(CultureInfo.InvariantCulture));
