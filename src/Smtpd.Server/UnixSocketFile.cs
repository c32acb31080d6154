using System.Net.Sockets;
using Smtpd.Server.Settings;

namespace Smtpd.Server;

/// <summary>The file of a unix socket outlives a killed process, and then nobody can bind there any more.</summary>
internal static class UnixSocketFile
{
    /// <summary>Removes the file when nobody listens behind it. A file that is no socket, or that answers, is left for binding to complain about.</summary>
    public static void RemoveIfStale(ListenAddress address)
    {
        if (address.UnixPath is not string path || !File.Exists(path))
            return;
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
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
