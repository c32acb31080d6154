using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Systemd;

/// <summary>Tells the service manager how far we are (sd_notify(3), <c>Type=notify</c>). Without one, or when it does not listen, nothing happens.</summary>
internal sealed class ServiceNotifier(string? socketPath, ILogger logger)
{
    public static ServiceNotifier FromEnvironment(ILogger logger) => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), logger);

    public void Ready(string status) => Send("READY=1\nSTATUS=" + status);

    public void Stopping() => Send("STOPPING=1\nSTATUS=Waiting for running transactions");

    private void Send(string state)
    {
        // A name with @ is an abstract one, which begins with a null octet and is no file.
        if (socketPath is not (['/', ..] or ['@', ..]))
            return;
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            UnixDomainSocketEndPoint manager = new(socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath);
            socket.SendTo(Encoding.UTF8.GetBytes(state), manager);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            ServerLog.NotNotified(logger, e.Message);
        }
    }
}
