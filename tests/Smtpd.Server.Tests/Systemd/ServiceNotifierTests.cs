using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Systemd;

namespace Smtpd.Server.Tests.Systemd;

public sealed class ServiceNotifierTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_service_manager_hears_how_far_we_are(bool isAbstract)
    {
        using TemporaryDirectory directory = new();
        var name = isAbstract ? "@smtpd-test-" + Guid.NewGuid().ToString("N") : directory["notify"];
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        ServiceNotifier notifier = new(name, NullLogger.Instance);
        notifier.Ready("smtp=127.0.0.1:25");
        Assert.Equal("READY=1\nSTATUS=smtp=127.0.0.1:25", await ReceiveAsync(manager));
        notifier.Stopping();
        Assert.StartsWith("STOPPING=1\n", await ReceiveAsync(manager), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("vsock:2:1")]
    [InlineData("/nowhere/notify")]
    [InlineData("@nobody-listens-here")]
    public void Without_one_nothing_happens(string? path) => new ServiceNotifier(path, NullLogger.Instance).Ready("x");

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[1000];
        var length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
