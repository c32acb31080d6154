using System.Net;
using Smtpd.Diagnostics;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <content>What comes before the greeting, and TLS: the PROXY header, handshakes, the wait for clients that talk too early; and holding replies back.</content>
internal sealed partial class SmtpConnectionPump
{
    /// <summary>What must happen before the greeting.</summary>
    /// <returns>Why the connection is over already; null when it is not.</returns>
    private async ValueTask<SmtpDisconnectReason?> OpenAsync()
    {
        if (role.ExpectsProxyHeader && await ReadProxyHeaderAsync().ConfigureAwait(false) is { } refused)
            return refused;
        if (role.Tls != SmtpTlsMode.Implicit)
            return await HoldGreetingAsync().ConfigureAwait(false);
        if (await HandshakeAsync().ConfigureAwait(false) is { } failed)
            return failed;
        session.TlsEstablished(handler.Offer);
        return null;
    }

    /// <summary>Waits with the greeting, and looks whether the client does too. Under implicit TLS clients rightly talk first.</summary>
    private async ValueTask<SmtpDisconnectReason?> HoldGreetingAsync()
    {
        if (context.Timeouts.GreetingDelay == TimeSpan.Zero)
            return null;
        await DelayAsync(context.Timeouts.GreetingDelay).ConfigureAwait(false);
        if (stopReason is not null || !transport.HasInput)
            return null;
        Log.TalksBeforeGreeting(context.Logger, connection.Id, connection.RemoteEndPoint);
        session.Close(ProtocolReplies.TalksBeforeGreeting, output);
        return await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Holds back the refusals that are about to be sent.</summary>
    private async ValueTask DelayErrorsAsync()
    {
        var refusals = session.Errors - errorsAnswered;
        errorsAnswered = session.Errors;
        if (refusals > 0 && context.Timeouts.ErrorDelay > TimeSpan.Zero)
            await DelayAsync(refusals * context.Timeouts.ErrorDelay).ConfigureAwait(false);
    }

    /// <summary>Waits, or not, when the server stops: then the next read finds out.</summary>
    private async ValueTask DelayAsync(TimeSpan delay)
    {
        BeginIdle();
        try
        {
            await Task.Delay(delay, context.Options.TimeProvider, readStop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // The next read finds out why.
        }
        finally
        {
            EndIdle();
        }
    }

    private async ValueTask<SmtpDisconnectReason?> ReadProxyHeaderAsync()
    {
        ProxyHeader? header = null;
        if (connection.IsTrustedProxy)
        {
            deadlines.AwaitProxyHeader(context.Heartbeat.Now);
            BeginIdle();
            try
            {
                header = await ProxyHeader.ReadAsync(transport.Stream, readStop.Token).ConfigureAwait(false);
            }
            finally
            {
                EndIdle();
            }
        }

        if (header is not { } known)
        {
            Log.ProxyHeaderRefused(context.Logger, connection.Id, connection.PeerEndPoint);
            return SmtpDisconnectReason.Refused;
        }

        // The next one in the row may be a proxy as well; who it does not know is none.
        connection.IsTrustedProxy = known.Source is { } source && context.Options.Proxies.Trusts(source);
        connection.RemoteEndPoint = known.Source ?? connection.RemoteEndPoint;
        connection.LocalEndPoint = known.Destination ?? connection.LocalEndPoint;
        if (CountFor(known.Source))
            return null;
        session.Close(ProtocolReplies.TooManyConnections(context.Session.ServerName), output);
        return await CloseAsync().ConfigureAwait(false);
    }

    private bool CountFor(EndPoint? client)
    {
        // Behind a proxy are many clients, in the row of proxies too; and one that was told of nobody speaks for itself.
        var known = context.Options.Proxies.Trusts(client) ? null : client;
        if (!context.Gate.TryMove(counted, known, context.Heartbeat.Now))
        {
            Log.TooManyConnections(context.Logger, client);
            context.Telemetry.ConnectionRefused();
            return false;
        }

        counted = known;
        return true;
    }

    /// <summary>Shakes hands. A handshake that fails ends the connection: going on in clear is what an attacker wants.</summary>
    private async ValueTask<SmtpDisconnectReason?> HandshakeAsync()
    {
        deadlines.AwaitHandshake(context.Heartbeat.Now);
        var started = context.Telemetry.Start();
        BeginIdle();
        try
        {
            var (stream, tls) = await context.Tls!.AuthenticateAsync(transport.Stream, connection, readStop.Token).ConfigureAwait(false);
            transport.Secure(stream);
            connection.Tls = tls;
            Log.TlsEstablished(context.Logger, connection.Id, tls);
            context.Telemetry.HandshakeEnded(started, tls, null);
            return null;
        }
        catch (Exception exception) when (!aborted.IsCancellationRequested)
        {
            // Certificate selectors are other people's code, and what a peer can make SslStream throw is not listed anywhere.
            Log.TlsFailed(context.Logger, exception, connection.Id, connection.RemoteEndPoint);
            context.Telemetry.HandshakeEnded(started, null, exception);
            return stopReason ?? SmtpDisconnectReason.TlsFailed;
        }
        finally
        {
            EndIdle();
        }
    }

    /// <summary>Begins the dialogue anew, under TLS.</summary>
    private async ValueTask SecureAsync()
    {
        BeginHandler();
        var reply = await handler.TlsEstablishedAsync().ConfigureAwait(false);
        EndHandler("tls");
        session.TlsEstablished(handler.Offer);
        lastRead = 0;
        if (!reply.IsCompletion)
            session.Close(reply, output);
    }
}
