using System.Net;
using System.Security.Cryptography;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Tls;
using static Smtpd.Server.Settings.ServerSettings;

namespace Smtpd.Server.Receiving;

/// <summary>Turns the settings into what the library is told.</summary>
internal static class FrontOptions
{
    /// <param name="unknownUserKey">See <see cref="SmtpAuthentication.UnknownUserKey"/>.</param>
    /// <exception cref="CertificateRefusedException">A certificate cannot be used.</exception>
    public static SmtpServerOptions Create(
        ServerSettings settings, IMessageStore store, SessionLog sessions, LoginFailures failures, ReadOnlyMemory<byte> unknownUserKey, ILoggerFactory loggers, TimeProvider clock)
    {
        var given = settings.Smtp;
        var logger = loggers.CreateLogger("Smtpd.Server.Receiving");
        var connections = DescriptorLimit.Connections(given.Limits.Connections);
        if (connections < given.Limits.Connections)
            ServerLog.FewDescriptors(logger, connections, given.Limits.Connections);
        ReceivingRules rules = new(given.ReceivedFields);
        RecipientDirectory directory = new(store, given.Domains, clock);
        NewcomerMailboxes newcomers = new(store, directory, Newcomers(settings), clock, logger);
        RecipientPlacement placement = new(directory, new MailboxRates(clock), newcomers, given.CatchAll);
        return new()
        {
            Hostname = given.Hostname,
            BareLineBreaks = given.BareLineBreaks,
            Leniency = given.Leniency,
            RejectUnauthorizedPipelining = given.RejectUnauthorizedPipelining,
            Limits = given.Limits with { Connections = connections },
            Timeouts = given.Timeouts,
            TimeProvider = clock,
            HandlerFactory = _ => new ReceivingHandler(store, placement, sessions, rules, logger),
            Tls = Tls(settings, logger, clock),
            Authentication = Authentication(given, store, newcomers, failures, unknownUserKey),
            TranscriptLength = store.KeepsMessages ? settings.Sessions.TranscriptLength : 0,
            Proxies = Proxies(settings.Proxy),
        };
    }

    /// <param name="place">Where it is, or will be.</param>
    public static SmtpEndpoint Endpoint(SmtpSettings given, EndpointKind kind, ListenAddress address, EndPoint place) => new(place)
    {
        Tls = kind switch
        {
            EndpointKind.Smtps => SmtpTlsMode.Implicit,
            EndpointKind.Submission => SmtpTlsMode.RequireStartTls,
            _ => null,
        },
        IsLmtp = kind == EndpointKind.Lmtp,
        SocketMode = given.SocketMode,
        ExpectsProxyHeader = address.ExpectsProxyHeader,
        RequiresAuthentication = kind switch
        {
            EndpointKind.Submission => true,
            // A mail server that hands over has no password; whoever may open the socket may deliver.
            EndpointKind.Lmtp => false,
            _ => null,
        },
    };

    private static SmtpTls? Tls(ServerSettings settings, ILogger logger, TimeProvider clock)
    {
        var given = settings.Smtp.Tls;
        if (!given.IsOffered)
            return null;
        (var certificate, var key) = given.SelfSigned
            ? SelfSignedCertificate.Ensure(settings.DataDirectory, [Dns.GetHostName(), settings.Smtp.Hostname ?? ""], clock)
            : (given.Certificate!, given.Key);
        SmtpTls tls = new()
        {
            CertificateSelector = Files(certificate, key, logger, clock).SelectAsync,
            ClientCertificates = given.ClientCertificates,
        };
        if (given.ClientAuthorities is not null)
            tls.ClientAuthorities.AddRange(ClientAuthorities.Read(given.ClientAuthorities));
        return tls;
    }

    private static SmtpCertificateFiles Files(string certificate, string? key, ILogger logger, TimeProvider clock)
    {
        try
        {
            return new(certificate, key, clock, logger);
        }
        catch (CryptographicException e)
        {
            throw new CertificateRefusedException(e.Message, e);
        }
    }

    private static SmtpAuthentication Authentication(
        SmtpSettings given, IMessageStore store, NewcomerMailboxes newcomers, LoginFailures failures, ReadOnlyMemory<byte> unknownUserKey)
    {
        StoredCredentials credentials = new(store);
        SmtpAuthentication authentication = new()
        {
            Credentials = credentials,
            Passwords = newcomers,
            ClientCertificates = given.Tls.ClientCertificates == SmtpClientCertificates.None ? null : credentials.FindByCertificateAsync,
            CramMd5 = given.CramMd5,
            AllowInClear = given.AllowInsecureAuth,
            Required = given.RequireAuth,
            UnknownUserKey = unknownUserKey,
        };
        foreach (var each in authentication.CreateMechanisms())
            authentication.Mechanisms.Add(new CountedMechanism(each, failures));
        return authentication;
    }

    private static NewcomerRules Newcomers(ServerSettings settings)
    {
        var given = settings.Mailboxes;
        return new(given.CreateOnLogin, given.CreateOnAddress, settings.Smtp.Domains.Count > 0, given.CreateMaximum, given.CreatedLimits, given.CreatedTimeToLive);
    }

    private static SmtpProxies Proxies(ProxySettings given)
    {
        SmtpProxies proxies = new() { TrustUnixSockets = given.TrustUnixSockets };
        foreach (var each in given.Trusted)
            proxies.Trusted.Add(each);
        return proxies;
    }
}
