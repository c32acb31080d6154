using static Smtpd.Server.Settings.ServerSettings;

namespace Smtpd.Server.Settings;

/// <summary>What can be right each on its own and wrong together.</summary>
internal static class SettingsCheck
{
    public static void Run(ServerSettings settings, ICollection<string> problems)
    {
        CheckTls(settings.Smtp, problems);
        CheckAuth(settings.Smtp, problems);
        CheckProxies(settings, problems);
        if (settings.Storage.Objects is { Bucket: not null } objects && (objects.AccessKey.Length == 0 || objects.SecretKey.Length == 0))
            problems.Add("Storage:S3:Bucket needs Storage:S3:AccessKey and Storage:S3:SecretKey.");
        CheckExposure(settings, problems);
    }

    private static void CheckTls(SmtpSettings smtp, ICollection<string> problems)
    {
        var tls = smtp.Tls;
        if (tls.SelfSigned && tls.Certificate is not null)
            problems.Add("Smtp:Tls:SelfSigned and Smtp:Tls:Certificate are both set: choose one of them.");
        if (tls.Key is not null && tls.Certificate is null)
            problems.Add("Smtp:Tls:Key is set without Smtp:Tls:Certificate: name the certificate's file too, with --tls-cert.");
        if (tls.ClientCertificates != SmtpClientCertificates.None && tls.ClientAuthorities is null)
            problems.Add("Smtp:Tls:ClientCertificates needs Smtp:Tls:ClientAuthorities: a PEM file with those who issue them.");
        if (tls.IsOffered)
            return;
        foreach ((var kind, var address) in smtp.AllEndpoints.Where(each => each.Kind is EndpointKind.Smtps or EndpointKind.Submission))
            problems.Add($"{Name(kind)} address {address}: this needs a certificate. Give one with --tls-cert and --tls-key, or for development --tls-self-signed");
        if (tls.ClientCertificates != SmtpClientCertificates.None)
            problems.Add("Smtp:Tls:ClientCertificates needs a certificate of the server: give one with --tls-cert and --tls-key, or for development --tls-self-signed");
    }

    private static void CheckAuth(SmtpSettings smtp, ICollection<string> problems)
    {
        if (smtp.RequireAuth && !smtp.Tls.IsOffered && !smtp.AllowInsecureAuth)
            problems.Add("Smtp:RequireAuth needs TLS, as AUTH is not offered in clear. Give a certificate with --tls-cert and --tls-key, "
                + "or for tests on this machine --set Smtp:AllowInsecureAuth=true");
    }

    private static void CheckProxies(ServerSettings settings, ICollection<string> problems)
    {
        if (settings.Proxy.Trusted.Count > 0 || settings.Proxy.TrustUnixSockets)
            return;
        foreach ((var kind, var address) in settings.Smtp.AllEndpoints.Where(each => each.Address.ExpectsProxyHeader))
            problems.Add($"{Name(kind)} address {address}: nobody is trusted to send a PROXY header there. Name the proxies with --set Proxy:Trusted=127.0.0.1/32 or the like");
    }

    // Whoever opens a port to others must have said so, or ask for credentials.
    private static void CheckExposure(ServerSettings settings, ICollection<string> problems)
    {
        foreach ((var kind, var address) in settings.Smtp.AllEndpoints.Where(each => !each.Address.IsLoopback))
        {
            if (ExposureProblem(settings.Smtp, kind, address.ToString()) is string problem)
                problems.Add(problem);
        }

        if (!settings.Http.AllowUnauthenticated && settings.Http.AdminToken is null && !settings.Http.Endpoint.IsLoopback)
            problems.Add($"HTTP address {settings.Http.Endpoint}: others can reach it and read all mail without credentials. "
                + $"Use a loopback address such as 127.0.0.1:{settings.Http.Endpoint.Port}, ask for a token with --set Http:AdminToken=…, or say that it is meant with --set Http:AllowUnauthenticated=true");
    }

    /// <summary>What is wrong with opening an address to others, or <c>null</c>.</summary>
    public static string? ExposureProblem(SmtpSettings smtp, EndpointKind kind, string address)
    {
        var asksForCredentials = kind switch
        {
            EndpointKind.Submission => true,
            EndpointKind.Lmtp => false,
            _ => smtp.RequireAuth,
        };
        if (asksForCredentials || smtp.AllowUnauthenticated)
            return null;
        var instead = kind == EndpointKind.Lmtp ? "" : "ask for credentials with --set Smtp:RequireAuth=true, ";
        return $"{Name(kind)} address {address}: others can reach it and mail is taken without credentials. "
            + $"Use a loopback address such as 127.0.0.1, {instead}or say that it is meant with --set Smtp:AllowUnauthenticated=true";
    }

    private static string Name(EndpointKind kind) => kind switch
    {
        EndpointKind.Smtp => "SMTP",
        EndpointKind.Smtps => "SMTPS",
        EndpointKind.Submission => "Submission",
        _ => "LMTP",
    };
}
