using System.Net;
using System.Text;

namespace Smtpd.Lab.Load;

/// <summary>Peers that hold a connection and get nowhere, one for each state that there is.</summary>
internal static class SlowPeer
{
    public const string NeverReads = "never reads";

    private const string Nothing = "";
    private const string Questions = "EHLO client.x.test\r\n";

    /// <summary>What to do to get into the state, and what drips in afterwards, an octet a second.</summary>
    public static IReadOnlyDictionary<string, (Func<IPEndPoint, IPAddress, CancellationToken, Task<Peer>> Begin, string Drip)> Kinds { get; } =
        new Dictionary<string, (Func<IPEndPoint, IPAddress, CancellationToken, Task<Peer>>, string)>
        {
            ["says nothing"] = (Peer.ConnectAsync, Nothing),
            ["half a first command"] = (Peer.ConnectAsync, "EHLO a.very.long.name.that.never.ends."),
            ["half a command"] = (After(), "MAIL FROM:<somebody.with.a.very.long.name."),
            ["AUTH without a response"] = (After("AUTH PLAIN|334"), Nothing),
            ["half a response to AUTH"] = (After("AUTH PLAIN|334"), "AHRlc3QAdGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0"),
            ["DATA without content"] = (After("MAIL FROM:<a@x.test>|250", "RCPT TO:<b@y.test>|250", "DATA|354"), Nothing),
            ["BDAT chunk never filled"] = (After("MAIL FROM:<a@x.test>|250", "RCPT TO:<b@y.test>|250", "BDAT 1000000|"), Nothing),
            ["handshake never begun"] = (After("STARTTLS|220"), Nothing),
            ["half a handshake"] = (After("STARTTLS|220"), "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            [NeverReads] = (NeverReadAsync, Questions),
        };

    /// <summary>An octet a second inside DATA: within all deadlines, and below the lowest rate.</summary>
    public static Func<IPEndPoint, IPAddress, CancellationToken, Task<Peer>> Dripping { get; } = After("MAIL FROM:<a@x.test>|250", "RCPT TO:<b@y.test>|250", "DATA|354");

    /// <summary>Drips until the other side ends it.</summary>
    public static async Task HoldAsync(Peer peer, string drip, CancellationToken cancellationToken)
    {
        if (drip == Questions)
        {
            await AskUntilCutAsync(peer, cancellationToken);
            return;
        }

        var ended = peer.EndAsync(cancellationToken);
        for (var i = 0; !ended.IsCompleted; i++)
        {
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
            if (i >= drip.Length || ended.IsCompleted)
                continue;
            try
            {
                await peer.SendAsync(drip.Substring(i, 1), cancellationToken);
            }
            catch (IOException)
            {
                // It was ended at this moment.
            }
        }

        await ended;
    }

    private static Func<IPEndPoint, IPAddress, CancellationToken, Task<Peer>> After(params string[] commands) => async (server, from, cancellationToken) =>
    {
        var peer = await Peer.GreetAsync(server, from, cancellationToken);
        foreach (var each in commands.Select(each => each.Split('|')))
        {
            if (each[1].Length > 0)
                await peer.CommandAsync(each[0], each[1], cancellationToken);
            else
                await peer.SendAsync(each[0] + "\r\n", cancellationToken);
        }

        return peer;
    };

    // Asks and asks, until the answers fill all that lies between.
    private static async Task<Peer> NeverReadAsync(IPEndPoint server, IPAddress from, CancellationToken cancellationToken)
    {
        var peer = await Peer.ConnectAsync(server, from, receiveBuffer: 4096, cancellationToken);
        using var full = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        full.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await AskUntilCutAsync(peer, full.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // As far as that goes.
        }

        return peer;
    }

    // It must not read, so it is writing that tells when it was cut.
    private static async Task AskUntilCutAsync(Peer peer, CancellationToken cancellationToken)
    {
        var questions = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Questions, 5000)));
        try
        {
            while (true)
                await peer.SendAsync(questions, cancellationToken);
        }
        catch (IOException)
        {
            // It was.
        }
    }
}
