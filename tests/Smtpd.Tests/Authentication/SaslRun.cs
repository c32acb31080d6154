using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Smtpd.Tests.Authentication;

/// <summary>One exchange, spoken in text; what came of each response in words.</summary>
internal sealed class SaslRun(SaslExchange exchange)
{
    public static byte[] Binding { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public SmtpIdentity? Identity { get; private set; }

    public static SmtpConnection Clear() => new("1", "mx.example.com", null, null, TimeProvider.System);

    public static SmtpConnection Secure(X509Certificate2? client = null) => new("1", "mx.example.com", null, null, TimeProvider.System)
    {
        Tls = new SmtpTlsSession
        {
            Protocol = SslProtocols.None,
            CipherSuite = TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            ServerName = "mx.example.com",
            ClientCertificate = client,
            ServerEndPointBinding = Binding,
        },
    };

    public static SaslMechanism Mechanism(SmtpAuthentication authentication, string name) =>
        Assert.Single(authentication.EffectiveMechanisms(null), mechanism => mechanism.Name == name);

    public static SaslRun Of(SmtpAuthentication authentication, string name, SmtpConnection? connection = null) =>
        new(Mechanism(authentication, name).Start(connection ?? Clear()));

    /// <summary>Null is no initial response. Answers <c>+challenge</c>, <c>ok user</c>, <c>failed</c>, <c>malformed</c> or <c>refused code</c>.</summary>
    public Task<string> SayAsync(string? response) => SayAsync(response is null ? null : Encoding.UTF8.GetBytes(response));

    public async Task<string> SayAsync(byte[]? response)
    {
        var result = await exchange.RespondAsync(response is null ? default(ReadOnlyMemory<byte>?) : response, TestContext.Current.CancellationToken);
        if (result.Challenge is { } challenge)
            return "+" + Encoding.UTF8.GetString(challenge.Span);
        Identity = result.Identity;
        return result switch
        {
            { Identity: { } identity } => "ok " + identity.User,
            { IsMalformed: true } => "malformed",
            _ when result == SaslResult.Failure => "failed",
            _ => "refused " + result.Refusal,
        };
    }
}

/// <summary>Users in a dictionary; finds them whatever the case.</summary>
internal sealed class DictionaryStore : ICredentialStore
{
    private readonly Dictionary<string, SmtpCredential> users = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Asked { get; } = [];

    public DictionaryStore Add(string user, string password, int? mailbox = null, bool keepsClear = false)
    {
        users[user] = new SmtpCredential(user, ScramVerifier.Create(password, 4096)) { MailboxId = mailbox, ClearSecret = keepsClear ? password : null };
        return this;
    }

    public DictionaryStore Add(string user, ScramVerifier verifier)
    {
        users[user] = new SmtpCredential(user, verifier);
        return this;
    }

    public ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken)
    {
        Asked.Add(user);
        return new(users.GetValueOrDefault(user));
    }
}
