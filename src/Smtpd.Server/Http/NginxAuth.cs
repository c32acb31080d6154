using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary>Answers nginx's mail proxy (<c>auth_http</c>): whether a client may come in, and where it is to be taken.</summary>
/// <remarks>
/// Success gives the number of the mailbox as the user, so that with <c>xclient on</c> the SMTP connection behind belongs to that mailbox
/// (<c>XCLIENT LOGIN=7</c>), as with go-falcon.
/// </remarks>
internal sealed class NginxAuth(ServerSettings settings, IMessageStore store, ServerState state, LoginFailures failures, ILogger<NginxAuth> logger)
{
    public const string Path = "/nginx-auth";

    private const int AttemptsOfConnection = 3;
    private const string WaitSeconds = "3";

    private readonly StoredCredentials credentials = new(store);

    // An unknown user must cost what a known one does.
    private readonly ScramVerifier nobody = ScramVerifier.Create(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    public static bool IsWanted(ServerSettings settings) => settings.Proxy.Trusted.Count > 0 || settings.Proxy.TrustUnixSockets;

    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!IsTrusted(context.Connection.RemoteIpAddress) || !HasSecret(headers))
            return Problem.Of(StatusCodes.Status403Forbidden, "Not a trusted proxy",
                "Add the proxy's address to Proxy:Trusted, and let it send Proxy:AuthSecret in the header X-Auth-Secret if that is set.");
        // nginx asks for IMAP and POP3 at the same address, and would take those clients to the SMTP port.
        if (headers["Auth-Protocol"].ToString() is not ("" or "smtp"))
            return Refuse(context, "454 4.7.0", "This is for SMTP only");
        if (Target(context.Connection.LocalIpAddress) is not IPEndPoint target)
            return Problem.Unavailable("There is no SMTP address that nginx could connect to; set Proxy:AuthServer.");

        if (headers["Auth-Method"] == "none")
            return settings.Smtp.RequireAuth ? Refuse(context, "530 5.7.0", "Authentication required") : Accept(context, target, null);
        var client = IPAddress.TryParse(headers["Client-IP"], out var address) ? address : null;
        if (!failures.TryBegin(client))
            return Refuse(context, "454 4.7.0", "Too many attempts, try again later");
        if (await FindAsync(headers, context.RequestAborted) is int mailboxId)
        {
            failures.Forgive(client);
            return Accept(context, target, mailboxId);
        }

        ServerLog.ProxyLoginFailed(logger, client);
        if (!int.TryParse(headers["Auth-Login-Attempt"], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) || attempt < AttemptsOfConnection)
            context.Response.Headers["Auth-Wait"] = WaitSeconds; // without it nginx closes the connection
        return Refuse(context, "535 5.7.8", "Authentication credentials invalid");
    }

    private bool IsTrusted(IPAddress? peer)
    {
        if (peer is null)
            return settings.Proxy.TrustUnixSockets;
        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        return settings.Proxy.Trusted.Any(each => each.Contains(address));
    }

    private bool HasSecret(IHeaderDictionary headers) => settings.Proxy.AuthSecret is not string secret
        || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(headers["X-Auth-Secret"].ToString()));

    // A server on all addresses is reached by the one that the question came to.
    private IPEndPoint? Target(IPAddress? asked)
    {
        if (settings.Proxy.AuthServer is ListenAddress given)
            return new(IPAddress.Parse(given.Host), given.Port);
        if (state.Smtp is not IPEndPoint bound)
            return null;
        var isAny = bound.Address.Equals(IPAddress.IPv6Any) || bound.Address.Equals(IPAddress.Any);
        return !isAny ? bound : asked is null ? null : new(asked.IsIPv4MappedToIPv6 ? asked.MapToIPv4() : asked, bound.Port);
    }

    private async Task<int?> FindAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var user = Unescape(headers["Auth-User"]);
        var password = Unescape(headers["Auth-Pass"]);
        if (headers["Auth-Method"] == "external")
            return await FindByCertificateAsync(headers, user, cancellationToken);
        var found = await credentials.FindCredentialAsync(user, cancellationToken);
        var isRight = headers["Auth-Method"].ToString() switch
        {
            "plain" => (found?.Verifier ?? nobody).Verify(password),
            "cram-md5" => settings.Smtp.CramMd5 && found?.ClearSecret is string secret && IsDigest(secret, headers["Auth-Salt"].ToString(), password),
            _ => false,
        };
        return isRight ? found?.MailboxId : null;
    }

    // nginx has verified the certificate against its own ssl_client_certificate.
    private async Task<int?> FindByCertificateAsync(IHeaderDictionary headers, string user, CancellationToken cancellationToken)
    {
        if (headers["Auth-SSL-Verify"] != "SUCCESS" || settings.Smtp.Tls.ClientCertificates == SmtpClientCertificates.None)
            return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Unescape(headers["Auth-SSL-Cert"]));
            return (await credentials.FindByCertificateAsync(certificate, user, cancellationToken))?.MailboxId;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // RFC 2195, the digest as nginx passes it on.
    private static bool IsDigest(string secret, string challenge, string digest)
    {
#pragma warning disable CA5351 // MD5 is what the mechanism is called after
        var expected = HMACMD5.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(challenge));
#pragma warning restore CA5351
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(expected)), Encoding.UTF8.GetBytes(digest));
    }

    private static string Unescape(string? value) => Uri.UnescapeDataString(value ?? "");

    private static Ok Accept(HttpContext context, IPEndPoint target, int? mailboxId)
    {
        var headers = context.Response.Headers;
        headers["Auth-Status"] = "OK";
        headers["Auth-Server"] = target.Address.ToString();
        headers["Auth-Port"] = target.Port.ToString(CultureInfo.InvariantCulture);
        if (mailboxId is int id)
            headers["Auth-User"] = id.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok();
    }

    // nginx wants 200 for this too; its client hears the code and the status.
    private static Ok Refuse(HttpContext context, string code, string reason)
    {
        context.Response.Headers["Auth-Status"] = reason;
        context.Response.Headers["Auth-Error-Code"] = code;
        return TypedResults.Ok();
    }
}
