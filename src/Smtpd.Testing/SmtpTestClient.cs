using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Smtpd;

/// <summary>A raw SMTP client that says what you tell it, line by line or octet by octet, and checks the answers. Works with any server.</summary>
/// <remarks>It knows no rules: what it sends may be wrong on purpose. Not safe to use from two threads at once.</remarks>
/// <example>
/// <code>
/// await using var client = server.Connect();
/// await client.ExpectAsync(220);
/// await client.CommandAsync("EHLO client.test", 250);
/// await client.CommandAsync("MAIL FROM:&lt;&gt;", 250);
/// await client.CommandAsync("RCPT TO:&lt;nobody@example.com&gt;", 550);
/// </code>
/// </example>
public sealed class SmtpTestClient : IAsyncDisposable
{
    // A server that says more than this in one reply is not answering.
    private const int LongestReply = 1024 * 1024;

    private readonly StringBuilder transcript = new();
    private readonly byte[] buffer = new byte[4096];
    private ReadOnlyMemory<byte> unread;

    /// <summary>Speaks over a connection that stands already.</summary>
    /// <param name="stream">Disposed with the client.</param>
    public SmtpTestClient(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Stream = stream;
    }

    /// <summary>The connection, for what the client cannot do. What the client has read already is not in it any more.</summary>
    public Stream Stream { get; private set; }

    /// <summary>How long to wait for a reply, by the system's clock. Default 10 seconds.</summary>
    public TimeSpan ReplyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>All that was said, <c>C:</c> or <c>S:</c> before each line.</summary>
    public string Transcript => transcript.ToString();

    /// <summary>Connects to a server.</summary>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    public static async Task<SmtpTestClient> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var isUnix = endPoint is UnixDomainSocketEndPoint;
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new SmtpTestClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one line of text in UTF-8 with CRLF behind it.</summary>
    public Task SendLineAsync(string line, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(line);
        return SendAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken);
    }

    /// <summary>Sends octets as they are: several commands at once, half a command, wrong line ends.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken = default)
    {
        Note('C', Encoding.Latin1.GetString(octets.Span));
        await Stream.WriteAsync(octets, cancellationToken).ConfigureAwait(false);
        await Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one reply with all of its lines.</summary>
    /// <exception cref="SmtpTestException">The connection has ended, the server said nothing in <see cref="ReplyTimeout"/>, or what it said is no reply.</exception>
    public async Task<SmtpTestReply> ReadReplyAsync(CancellationToken cancellationToken = default)
    {
        using var patience = Patience(cancellationToken);
        var lines = new List<string>();
        while (true)
        {
            var line = await ReadLineAsync(patience.Token, cancellationToken).ConfigureAwait(false)
                ?? throw Failure("The connection ended where a reply was expected.");
            if (line.Length < 3 || (line.Length > 3 && line[3] is not (' ' or '-'))
                || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                throw Failure("The last line of the server is no reply.");
            }

            lines.Add(line.Length > 4 ? line[4..] : string.Empty);
            if (line.Length == 3 || line[3] == ' ')
                return new SmtpTestReply(code, lines);
        }
    }

    /// <summary>Reads one reply and checks its code.</summary>
    /// <param name="code">What it must be.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SmtpTestException">It is another, or there is none.</exception>
    public async Task<SmtpTestReply> ExpectAsync(int code, CancellationToken cancellationToken = default)
    {
        var reply = await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
        return reply.Code == code ? reply : throw Failure($"Expected {code}, got {reply.Code}.", reply);
    }

    /// <summary>Sends a line, reads one reply and checks its code.</summary>
    /// <param name="line">The line, without CRLF.</param>
    /// <param name="code">What the reply must be.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SmtpTestException">The reply is another, or there is none.</exception>
    public async Task<SmtpTestReply> CommandAsync(string line, int code, CancellationToken cancellationToken = default)
    {
        await SendLineAsync(line, cancellationToken).ConfigureAwait(false);
        return await ExpectAsync(code, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads to the end of the connection.</summary>
    /// <exception cref="SmtpTestException">The server says something more, or does not close in <see cref="ReplyTimeout"/>.</exception>
    public async Task ExpectEndAsync(CancellationToken cancellationToken = default)
    {
        using var patience = Patience(cancellationToken);
        if (await ReadLineAsync(patience.Token, cancellationToken).ConfigureAwait(false) is not null)
            throw Failure("The server says more where the end of the connection was expected.");
    }

    /// <summary>Reads the greeting and says EHLO.</summary>
    /// <param name="name">What the client calls itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The reply to EHLO: the server's extensions, one a line.</returns>
    /// <exception cref="SmtpTestException">The server refuses.</exception>
    public async Task<SmtpTestReply> HelloAsync(string name = "client.test", CancellationToken cancellationToken = default)
    {
        await ExpectAsync(220, cancellationToken).ConfigureAwait(false);
        return await CommandAsync($"EHLO {name}", 250, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one message by MAIL, RCPT and DATA; the client must have said hello.</summary>
    /// <param name="from">The sender of the envelope, without brackets; empty for the null sender.</param>
    /// <param name="to">The recipients; each must be accepted.</param>
    /// <param name="content">Header, blank line and text. Line ends become CRLF, dots at the start of a line are doubled, a last line end is added if there is none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The reply to the end of data, whatever it is.</returns>
    /// <exception cref="SmtpTestException">Sender, a recipient or DATA was refused.</exception>
    public async Task<SmtpTestReply> SendMessageAsync(string from, IEnumerable<string> to, string content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(content);
        await CommandAsync($"MAIL FROM:<{from}>", 250, cancellationToken).ConfigureAwait(false);
        foreach (var recipient in to)
            await CommandAsync($"RCPT TO:<{recipient}>", 250, cancellationToken).ConfigureAwait(false);
        await CommandAsync("DATA", 354, cancellationToken).ConfigureAwait(false);
        var lines = content.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(static line => line.StartsWith('.') ? "." + line : line);
        await SendLineAsync(string.Join("\r\n", lines) + "\r\n.", cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says AUTH PLAIN (RFC 4616).</summary>
    /// <param name="user">The user name.</param>
    /// <param name="password">The password. It is in <see cref="Transcript"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SmtpTestException">The server refuses.</exception>
    public Task<SmtpTestReply> AuthenticateAsync(string user, string password, CancellationToken cancellationToken = default) =>
        CommandAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")), 235, cancellationToken);

    /// <summary>Says STARTTLS (RFC 3207) and makes the connection secure; say EHLO again behind it.</summary>
    /// <param name="options">Which server to believe; null believes any, which is for tests only.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="SmtpTestException">The server refuses.</exception>
    public async Task StartTlsAsync(SslClientAuthenticationOptions? options = null, CancellationToken cancellationToken = default)
    {
        await CommandAsync("STARTTLS", 220, cancellationToken).ConfigureAwait(false);
        await SecureAsync(options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the connection secure without asking, as an endpoint with <see cref="SmtpTlsMode.Implicit"/> expects it.</summary>
    /// <param name="options">Which server to believe; null believes any, which is for tests only.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    public async Task SecureAsync(SslClientAuthenticationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var secure = new SslStream(Stream);
        Stream = secure;
#pragma warning disable CA5359 // A test's server has a certificate of its own making; whoever wants a check gives options.
        options ??= new SslClientAuthenticationOptions { TargetHost = "server.test", RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        await secure.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        transcript.Append("(TLS)\n");
    }

    /// <summary>Hangs up, without QUIT.</summary>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    private CancellationTokenSource Patience(CancellationToken cancellationToken)
    {
        var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ReplyTimeout);
        return patience;
    }

    /// <summary>The next line without its end; null at the end of the connection.</summary>
    private async Task<string?> ReadLineAsync(CancellationToken patience, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            var end = unread.Span.IndexOf((byte)'\n');
            line.AddRange(unread.Span[..(end < 0 ? unread.Length : end)]);
            unread = end < 0 ? default : unread[(end + 1)..];
            if (end >= 0)
                return TakeLine(line);
            if (line.Count > LongestReply)
                throw Failure("The server sends a line without an end.");
            if (!await FillAsync(patience, cancellationToken).ConfigureAwait(false))
                return line.Count > 0 ? throw Failure($"The connection ended within a line: \"{TakeLine(line)}\".") : null;
        }
    }

    private string TakeLine(List<byte> line)
    {
        var text = Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
        Note('S', text);
        return text;
    }

    private async Task<bool> FillAsync(CancellationToken patience, CancellationToken cancellationToken)
    {
        try
        {
            unread = buffer.AsMemory(0, await Stream.ReadAsync(buffer, patience).ConfigureAwait(false));
            return !unread.IsEmpty;
        }
        catch (IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure($"The server said nothing for {ReplyTimeout.TotalSeconds:0.###} s.");
        }
    }

    private SmtpTestException Failure(string what, SmtpTestReply? reply = null) => new($"{what} The dialogue:\n{transcript}", reply);

    private void Note(char side, string text)
    {
        // A long content would hide the rest.
        const int longest = 2000;
        var lines = (text.Length > longest ? text[..longest] + "…" : text).TrimEnd('\n', '\r').Split('\n');
        foreach (var line in lines)
            transcript.Append(side).Append(": ").Append(line.TrimEnd('\r')).Append('\n');
    }
}
