using System.Net.Sockets;

namespace Smtpd.Transport;

/// <summary>Listening on a path. Its file outlives a process that was killed, and then nobody could bind there any more.</summary>
internal static class UnixSocket
{
    /// <exception cref="SocketException">Somebody listens there, or the path cannot be used.</exception>
    public static Socket Bind(SmtpEndpoint endpoint)
    {
        var path = endpoint.EndPoint.ToString()!;
        RemoveIfStale(endpoint.EndPoint, path);
        var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            bound.Bind(endpoint.EndPoint);
            // Before anybody can connect: until it listens, a socket refuses.
            if (endpoint.SocketMode is { } mode && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, mode);
            bound.Listen(Listener.Backlog);
            return bound;
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    // A file that is no socket, or behind which somebody answers, is left for binding to complain about.
    private static void RemoveIfStale(System.Net.EndPoint endPoint, string path)
    {
        if (!File.Exists(path))
            return;
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(endPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Not ours to judge.
        }
    }

    // Connecting to an ordinary file is refused too; .NET does not tell the two apart, but a socket has no octets.
    private static bool IsSocket(string path) => new FileInfo(path) is { Length: 0, Attributes: var attributes } && !attributes.HasFlag(FileAttributes.Directory);
}
