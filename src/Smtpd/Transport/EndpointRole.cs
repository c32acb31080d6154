using Smtpd.Commands;
using Smtpd.Protocol;

namespace Smtpd.Transport;

/// <summary>What an endpoint is for, with the options of the server filled in, and what is therefore offered on its connections.</summary>
internal sealed class EndpointRole
{
    private const SmtpExtensions ForProxies = SmtpExtensions.XClient | SmtpExtensions.XForward;

    private readonly SmtpServerOptions options;
    private readonly IReadOnlyList<SaslMechanism> mechanisms;

    // Mostly all connections are offered the same before TLS, and the same under it.
    private ServiceOffer? lastInClear;
    private ServiceOffer? lastSecured;

    public EndpointRole(SmtpServerOptions options, SmtpEndpoint? endpoint, IReadOnlyList<SaslMechanism> mechanisms)
    {
        this.options = options;
        this.mechanisms = mechanisms;
        Tls = endpoint?.Tls ?? (options.Tls is null ? SmtpTlsMode.None : SmtpTlsMode.StartTls);
        IsLmtp = endpoint?.IsLmtp ?? false;
        ExpectsProxyHeader = endpoint?.ExpectsProxyHeader ?? false;
        RequiresAuthentication = endpoint?.RequiresAuthentication ?? options.Authentication.Required;
        Unopened = new ServiceOffer(SmtpExtensions.None, []) { IsLmtp = IsLmtp };
    }

    public SmtpTlsMode Tls { get; }

    public bool IsLmtp { get; }

    public bool ExpectsProxyHeader { get; }

    public bool RequiresAuthentication { get; }

    /// <summary>The offer before the handler was asked.</summary>
    public ServiceOffer Unopened { get; }

    /// <summary>What a connection is offered now.</summary>
    public ServiceOffer OfferTo(SmtpConnection connection, SmtpHandler handler)
    {
        var isSecure = connection.Tls is not null;
        var extensions = options.Extensions | handler.HonouredExtensions;
        var canStartTls = !isSecure && Tls is SmtpTlsMode.StartTls or SmtpTlsMode.RequireStartTls;
        var possible = extensions.HasFlag(SmtpExtensions.Authentication) ? handler.GetMechanisms(connection, mechanisms) : [];
        var mayAuthenticate = isSecure || options.Authentication.AllowInClear;
        var names = mayAuthenticate && possible.Count > 0 ? Names(connection, possible) : [];

        extensions &= ~Impossible(isSecure, canStartTls, names.Length > 0, connection);
        var offersAuthenticationUnderTls = canStartTls && !mayAuthenticate && possible.Count > 0;
        DateTimeOffset? longestHold = extensions.HasFlag(SmtpExtensions.FutureRelease) ? options.TimeProvider.GetUtcNow() + options.Limits.FutureRelease : null;
        ref var last = ref (isSecure ? ref lastSecured : ref lastInClear);
        // The object carries the reply to EHLO, which is worth making once only.
        if (last is { } shared && shared.Offers(extensions, names, offersAuthenticationUnderTls, longestHold))
            return shared;
        return last = new ServiceOffer(extensions, names)
        {
            IsLmtp = IsLmtp,
            RequiresTls = Tls == SmtpTlsMode.RequireStartTls,
            RequiresAuthentication = RequiresAuthentication,
            OffersAuthenticationUnderTls = offersAuthenticationUnderTls,
            LongestHold = longestHold,
        };
    }

    /// <summary>The mechanisms that the connection is offered now.</summary>
    public IReadOnlyList<SaslMechanism> MechanismsFor(SmtpConnection connection, SmtpHandler handler) =>
        [.. handler.GetMechanisms(connection, mechanisms).Where(mechanism => mechanism.IsOfferedTo(connection))];

    private static string[] Names(SmtpConnection connection, IReadOnlyList<SaslMechanism> possible) =>
        [.. possible.Where(mechanism => mechanism.IsOfferedTo(connection)).Select(static mechanism => mechanism.Name)];

    private SmtpExtensions Impossible(bool isSecure, bool canStartTls, bool hasMechanisms, SmtpConnection connection)
    {
        var proxies = options.Proxies;
        var impossible = SmtpExtensions.None;
        if (!canStartTls)
            impossible |= SmtpExtensions.StartTls;
        if (!isSecure)
            impossible |= SmtpExtensions.RequireTls;
        if (!hasMechanisms)
            impossible |= SmtpExtensions.Authentication;
        // LMTP answers each recipient without being asked.
        if (IsLmtp)
            impossible |= SmtpExtensions.PerRecipientReplies;
        if ((!proxies.XClient && !proxies.XForward) || !connection.IsTrustedProxy)
            return impossible | ForProxies;
        return impossible | (proxies.XClient ? SmtpExtensions.None : SmtpExtensions.XClient) | (proxies.XForward ? SmtpExtensions.None : SmtpExtensions.XForward);
    }
}
