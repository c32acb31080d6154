using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Smtpd.Server.Systemd;

/// <summary>Listening sockets that a service manager has bound and passed on (sd_listen_fds(3)): ports below 1024 without a privilege, and no refused connection while we restart.</summary>
internal sealed class PassedSockets
{
    // stdin, stdout and stderr come before them.
    private const int FirstDescriptor = 3;

    private readonly List<(string Name, int Descriptor)> left;
    private readonly string names;

    private PassedSockets(List<(string Name, int Descriptor)> passed)
    {
        left = passed;
        names = passed.Count == 0 ? "none" : string.Join(", ", passed.Select(each => each.Name));
    }

    public static PassedSockets FromEnvironment() => Read(
        Environment.GetEnvironmentVariable("LISTEN_PID"), Environment.GetEnvironmentVariable("LISTEN_FDS"), Environment.GetEnvironmentVariable("LISTEN_FDNAMES"),
        Environment.ProcessId);

    /// <param name="pid">For whom they are meant: variables are inherited, descriptors may not be.</param>
    public static PassedSockets Read(string? pid, string? count, string? names, int ownPid)
    {
        if (!int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var meant) || meant != ownPid
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return new([]);
        }

        var given = names?.Split(':') ?? [];
        return new([.. Enumerable.Range(0, number).Select(i => (i < given.Length ? given[i] : "unknown", FirstDescriptor + i))]);
    }

    /// <summary>The sockets of a name, or with an empty name all that are left. Each is given once.</summary>
    /// <exception cref="CannotListenException">There is none, or it does not listen.</exception>
    public IReadOnlyList<Socket> Take(string name)
    {
        var wanted = left.Where(each => name.Length == 0 || each.Name.Equals(name, StringComparison.Ordinal)).ToList();
        if (wanted.Count == 0)
        {
            throw new CannotListenException($"systemd has passed no socket for `{(name.Length == 0 ? "systemd" : "systemd:" + name)}` (passed: {names}). "
                + "Start smtpd by a .socket unit, with FileDescriptorName= for sockets that have a name here.");
        }

        left.RemoveAll(wanted.Contains);
        return [.. wanted.Select(Open)];
    }

    private static Socket Open((string Name, int Descriptor) passed)
    {
        try
        {
            Socket socket = new(new SafeSocketHandle(passed.Descriptor, ownsHandle: true));
            if (socket is { SocketType: SocketType.Stream, LocalEndPoint: not null })
                return socket;
            throw new CannotListenException($"What systemd has passed as `{passed.Name}` is no stream socket: use ListenStream= in its unit.");
        }
        catch (SocketException e)
        {
            throw new CannotListenException($"What systemd has passed as `{passed.Name}` cannot be used ({e.Message}).", e);
        }
    }
}
