using System.Net;
using System.Net.Sockets;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Systemd;
using static Smtpd.Server.Settings.ServerSettings;

namespace Smtpd.Server.Receiving;

/// <summary>The SMTP and LMTP side of the program, on all of its addresses: those it binds, and those that systemd has bound.</summary>
internal sealed class SmtpFront : IAsyncDisposable
{
    private readonly SmtpSettings settings;
    private readonly SmtpServer server;
    private readonly List<FrontListener> listeners = [];

    private SmtpFront(SmtpSettings settings, SmtpServer server) => (this.settings, this.server) = (settings, server);

    /// <summary>What it listens on, after the start.</summary>
    public IReadOnlyList<FrontListener> Listeners => listeners;

    /// <summary>Listens on all addresses, or on none.</summary>
    /// <exception cref="CannotListenException">An address cannot be had.</exception>
    /// <exception cref="Tls.CertificateRefusedException">A certificate cannot be used.</exception>
    public static async Task<SmtpFront> StartAsync(
        ServerSettings settings, IMessageStore store, SessionLog sessions, LoginFailures failures, ILoggerFactory loggers, TimeProvider clock)
    {
        var key = await store.ReadUnknownUserKeyAsync(CancellationToken.None);
        var options = FrontOptions.Create(settings, store, sessions, failures, key, loggers, clock);
        var toBind = settings.Smtp.AllEndpoints.Where(each => each.Address.SystemdName is null).ToList();
        foreach ((var kind, var address) in toBind)
            options.Endpoints.Add(FrontOptions.Endpoint(settings.Smtp, kind, address, SmtpEndpoint.Parse(address.Place).EndPoint));
        SmtpFront front = new(settings.Smtp, new SmtpServer(options, loggers));
        try
        {
            var passed = front.TakePassed();
            if (toBind.Count > 0)
                await front.server.StartAsync();
            front.listeners.AddRange(toBind.Zip(front.server.LocalEndPoints, (asked, bound) => new FrontListener(asked.Kind, asked.Address, bound)));
            front.Serve(passed);
            return front;
        }
        catch (SocketException e)
        {
            await front.DisposeAsync();
            throw CannotListenException.On("SMTP", string.Join(", ", toBind.Select(each => each.Address)), "--smtp", e);
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private List<(EndpointKind Kind, ListenAddress Asked, Socket Socket)> TakePassed()
    {
        List<(EndpointKind Kind, ListenAddress Asked, Socket Socket)> taken = [];
        if (settings.AllEndpoints.All(each => each.Address.SystemdName is null))
            return taken;
        var passed = PassedSockets.FromEnvironment();
        // Those with a name first: `systemd` alone means the rest.
        foreach ((var kind, var address) in settings.AllEndpoints.Where(each => each.Address.SystemdName is not null).OrderBy(each => each.Address.SystemdName!.Length == 0))
        {
            foreach (var socket in passed.Take(address.SystemdName!))
            {
                // Nobody could judge this before: the unit says where the socket is.
                if (socket.LocalEndPoint is IPEndPoint ip && !IPAddress.IsLoopback(ip.Address) && SettingsCheck.ExposureProblem(settings, kind, ip.ToString()) is string problem)
                    throw new CannotListenException(problem);
                taken.Add((kind, address, socket));
            }
        }

        return taken;
    }

    private void Serve(List<(EndpointKind Kind, ListenAddress Asked, Socket Socket)> passed)
    {
        foreach ((var kind, var asked, var socket) in passed)
        {
            var place = socket.LocalEndPoint!;
            // It has begun when this returns, and ends with the server.
            _ = server.ServeAsync(socket, CancellationToken.None, FrontOptions.Endpoint(settings, kind, asked, place));
            listeners.Add(new(kind, asked, place));
        }
    }
}

/// <summary>An address that is listened on.</summary>
internal sealed record FrontListener(EndpointKind Kind, ListenAddress Asked, EndPoint Bound)
{
    /// <summary>As in the <c>ready</c> line.</summary>
    public override string ToString()
    {
        var word = Kind switch
        {
            EndpointKind.Smtp => "smtp",
            EndpointKind.Smtps => "smtps",
            EndpointKind.Submission => "submission",
            _ => "lmtp",
        };
        return Bound is UnixDomainSocketEndPoint ? $"{word}=unix:{Bound}" : $"{word}={Bound}";
    }
}
