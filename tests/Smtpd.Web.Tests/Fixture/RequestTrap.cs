using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>
/// Where every name leads that the browser looks up: whatever it asks of the world comes here and is written down, also what no event of the browser tells of (connections made ahead,
/// pings, other protocols). Nothing is answered but what a link to <c>*.link.test</c> leads to, since a window begins before anybody can do so in its place.
/// </summary>
public sealed partial class RequestTrap : IAsyncDisposable
{
    /// <summary>Links of honest people lead there.</summary>
    public const string LinkedHosts = ".link.test";

    /// <summary>Says in its title what it knows of where it was opened from.</summary>
    public const string LinkedPage = "<script>document.title = `opener ${opener}, referrer ${document.referrer || 'none'}`</script>";

    /// <summary>How a connection begins that is made ahead.</summary>
    public const string Nothing = "nothing";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Beginning> caught = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    public RequestTrap()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How each connection began: the first lines of a request, a TLS hello, or nothing (a connection made ahead).</summary>
    public IReadOnlyList<string> Caught => [.. caught.Select(each => each.Text)];

    /// <summary>Whether that is what tests ask for on purpose, perhaps others than the one that looks: hosts of these names, and connections that say nothing.</summary>
    public static bool IsOnPurpose(string caught) =>
        caught == Nothing || caught.EndsWith(LinkedHosts, StringComparison.Ordinal) || caught.EndsWith("elsewhere.test", StringComparison.Ordinal) || caught.EndsWith(".evil.test", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CatchAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end of it.
        }
    }

    private async Task CatchAsync(TcpClient client)
    {
        using (client)
        {
            Beginning beginning = new();
            caught.Enqueue(beginning);
            try
            {
                var octets = new byte[4096];
                var length = await client.GetStream().ReadAsync(octets, stop.Token);
                beginning.Text = Describe(octets.AsSpan(0, length));
                if (beginning.Text.StartsWith("GET / ", StringComparison.Ordinal) && beginning.Text.EndsWith(LinkedHosts, StringComparison.Ordinal))
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + LinkedPage), stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // That it came is enough.
            }
        }
    }

    private static string Describe(ReadOnlySpan<byte> octets)
    {
        var text = Encoding.Latin1.GetString(octets);
        // A TLS hello names its host in the clear, between octets of all kinds.
        return octets is [0x16, ..] ? "TLS with " + Names().Matches(text).MaxBy(each => each.Length) : string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries).Take(2));
    }

    [GeneratedRegex(@"[a-z0-9-]+(\.[a-z0-9-]+)+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Names();

    private sealed class Beginning
    {
        public volatile string Text = Nothing;
    }
}
