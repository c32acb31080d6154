using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Load;

/// <summary>One client connection: sends steps and insists on the replies they must get.</summary>
internal sealed class SmtpClientConnection : IDisposable
{
#pragma warning disable CA5359 // Servers on this machine, with certificates that nobody signed.
    // One for all: sessions are resumed with what is known by it.
    private static readonly SslClientAuthenticationOptions Resuming = new() { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true, AllowTlsResume = true };
    private static readonly SslClientAuthenticationOptions Beginning = new() { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true, AllowTlsResume = false };
#pragma warning restore CA5359

    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] input = new byte[2048];
    private Stream stream = Stream.Null;
    private int start;
    private int end;

    /// <summary>Connects, reads the greeting and says EHLO, and STARTTLS where that is wanted.</summary>
    public async Task OpenAsync(IPEndPoint server, MailScript script, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(server, cancellationToken);
        stream = new NetworkStream(socket);
        await ExpectAsync(220, cancellationToken);
        await RunAsync(script.Hello, cancellationToken);
        if (script.Tls == TlsUse.None)
            return;
        await RunAsync(script.StartTls, cancellationToken);
        SslStream secret = new(stream);
        await secret.AuthenticateAsClientAsync(script.Tls == TlsUse.Resumed ? Resuming : Beginning, cancellationToken);
        stream = secret;
        await RunAsync(script.Hello, cancellationToken);
    }

    /// <summary>One message, to the reply after its content.</summary>
    public async ValueTask SendAsync(MailScript script, CancellationToken cancellationToken)
    {
        var message = script.Next();
        for (var i = 0; i < message.Count; i++)
            await RunAsync(message[i], cancellationToken);
    }

    public async ValueTask RunAsync(Step step, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(step.Octets, cancellationToken);
        for (var i = 0; i < step.Replies.Count; i++)
            await ExpectAsync(step.Replies[i], cancellationToken);
    }

    /// <summary>QUIT, its reply, and the server's end of the connection.</summary>
    public async Task CloseAsync(MailScript script, CancellationToken cancellationToken)
    {
        await RunAsync(script.Quit, cancellationToken);
        if (start != end || await stream.ReadAsync(input, cancellationToken) != 0)
            throw new UnexpectedReplyException($"Octets after the reply to QUIT.");
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

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
            var received = await stream.ReadAsync(input.AsMemory(end), cancellationToken);
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
