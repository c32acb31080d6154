using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Smtpd.Authentication;
using Smtpd.Tests.Dialogues;
using Smtpd.Text;

namespace Smtpd.Tests.Fuzzing;

/// <summary>
/// SASL messages: a client that says the right thing gets in as itself; one whose messages were changed gets in as nobody whose password it did not know, and nothing throws; an exchange ends.
/// What base64 and SASLprep take is written as it was read.
/// </summary>
internal static class SaslLaw
{
    private const int LongestExchange = 4;

    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(each => (byte)each)];

    private static readonly Users Known = new(("tim", "tanstaaf tanstaaf"), ("user@y.test", "pencil"), ("a,b=c", "p\u00e9ncil"));

    private static readonly SmtpAuthentication Authentication = new()
    {
        Credentials = Known,
        BearerTokens = Known,
        CramMd5 = true,
        Anonymous = true,
        ScramIterations = 4096,
        UnknownUserKey = new byte[] { 1 },
    };

    private static readonly IReadOnlyList<SaslMechanism> Mechanisms = Authentication.CreateMechanisms();

    private static readonly string[] Pieces =
    [
        "\0", "\u0001", ",", "=", "n,", "y,", "p=tls-server-end-point,", "a=", "n=", "r=", "c=biws", "p=", "m=", "tim", "user@y.test", "pencil", "tanstaaf tanstaaf", "auth=", "user=", "Bearer ", "token-of-tim", "\u0001\u0001", "=2C",
        "é", "\u00ad", "\u202e", "\u00a0", "\ufb01", "AAAA", " ", "0123456789abcdef0123456789abcdef", "nonce", "\u05d0", "\ud83d\ude00",
    ];

    public static async Task<string?> CheckAsync(int seed)
    {
        var random = new Random(seed);
        var broken = Rewritten(random) ?? await ExchangeAsync(random);
        return broken is null ? null : $"seed {seed}: {broken}";
    }

    // -- Texts ---------------------------------------------------------------------------------------------------------

    private static string? Rewritten(Random random)
    {
        var octets = new byte[random.Next(40)];
        random.NextBytes(octets);
        var base64 = random.Chance(0.5) ? random.Mutate(Encoding.ASCII.GetBytes(Convert.ToBase64String(octets))) : Encoding.ASCII.GetBytes(Convert.ToBase64String(octets));
        if (StrictBase64.TryDecode(base64, out var decoded) && Convert.ToBase64String(decoded) != Encoding.ASCII.GetString(base64))
            return $"{Escapes.Encode(base64)} is base64 of {Convert.ToHexString(decoded)}, which is another";
        var text = random.Chain(Pieces, 6);
        return SaslPrep.TryPrepare(text, out var prepared) && !(SaslPrep.TryPrepare(prepared, out var again) && again == prepared)
            ? $"{Escapes.Encode(Encoding.UTF8.GetBytes(text))} is prepared, and again, and is not the same"
            : null;
    }

    // -- Exchanges -----------------------------------------------------------------------------------------------------

    private static async Task<string?> ExchangeAsync(Random random)
    {
        var mechanism = random.Pick<SaslMechanism>([.. Mechanisms]);
        var (user, password) = Known.Pick(random);
        var client = new Client(mechanism.Name, user, random.Chance(0.8) ? password : "guess") { Random = random, IsHonest = random.Chance(0.4) };
        var exchange = mechanism.Start(Connection(), Mechanisms);
        ReadOnlyMemory<byte> challenge = default;
        for (var i = 0; i <= LongestExchange; i++)
        {
            var response = client.Next(i, challenge);
            var result = await exchange.RespondAsync(response is null ? default(ReadOnlyMemory<byte>?) : response, CancellationToken.None);
            if (result.Challenge is { } next)
            {
                challenge = next;
                continue;
            }

            return Judge(mechanism.Name, client, result.Identity, password);
        }

        return $"{mechanism.Name} does not end: {client}";
    }

    private static string? Judge(string mechanism, Client client, SmtpIdentity? identity, string password)
    {
        var knows = client.Password == password;
        if (client.IsHonest && mechanism != "ANONYMOUS" && knows != (identity is not null && identity.User.Equals(client.User, StringComparison.Ordinal)))
            return $"{mechanism} lets {client} in as {identity?.User ?? "nobody"}";
        if (identity is null || mechanism is "ANONYMOUS")
            return null;
        // Chance may change a message into one of somebody else whose secret it holds as well.
        var hasSecret = mechanism.StartsWith("SCRAM", StringComparison.Ordinal) || mechanism is "CRAM-MD5" ? knows && identity.User == client.User : client.Said.Contains(Known.SecretOf(identity.User, mechanism), StringComparison.Ordinal);
        if (!hasSecret)
            return $"{mechanism} lets in as {identity.User} who does not know the password: {client}";
        return mechanism.StartsWith("SCRAM", StringComparison.Ordinal) && client.HasChanged ? $"{mechanism} does not mind that a message was changed: {client}" : null;
    }

    private static SmtpConnection Connection() => new("1", "mx.test", null, null, TimeProvider.System)
    {
        Tls = new SmtpTlsSession { Protocol = SslProtocols.None, CipherSuite = TlsCipherSuite.TLS_AES_128_GCM_SHA256, ServerName = "", ServerEndPointBinding = Binding },
    };

    /// <summary>Says what RFC 4616, 5802, 7628 and 2195 have a client say; when it is not honest, something near it.</summary>
    private sealed class Client(string mechanism, string user, string password)
    {
        private readonly List<byte[]> said = [];
        private string bare = "";

        public required Random Random { get; init; }

        public required bool IsHonest { get; init; }

        public string User => user;

        public string Password => password;

        public bool HasChanged { get; private set; }

        public string Said => string.Join('\n', said.Select(each => Encoding.UTF8.GetString(each)));

        private string Header => mechanism is "SCRAM-SHA-256-PLUS" ? "p=tls-server-end-point,," : "n,,";

        public byte[]? Next(int step, ReadOnlyMemory<byte> challenge)
        {
            // CRAM-MD5 has no initial response; the others may have one or not.
            if (step == 0 && (mechanism is "CRAM-MD5" || Random.Chance(0.3)))
                return null;
            var right = Encoding.UTF8.GetBytes(Right(Encoding.UTF8.GetString(challenge.Span)));
            var response = IsHonest ? right : Random.Next(6) switch { 0 => Random.Mutate(right), 1 => Encoding.UTF8.GetBytes(Random.Chain(Pieces, 10)), _ => right };
            HasChanged |= !response.AsSpan().SequenceEqual(right);
            said.Add(response);
            return response;
        }

        public override string ToString() => $"{user}: {string.Join(" | ", said.Select(each => Escapes.Encode(each)))}";

        private string Right(string challenge) => mechanism switch
        {
            "PLAIN" => $"\0{user}\0{password}",
            "LOGIN" => challenge is "Password:" ? password : user,
            "CRAM-MD5" => $"{user} {Digest(challenge)}",
            "XOAUTH2" => challenge.Length > 0 ? "" : $"user={user}\u0001auth=Bearer {Users.TokenOf(user, password)}\u0001\u0001",
            "OAUTHBEARER" => challenge.Length > 0 ? "\u0001" : $"n,a={Escape(user)},\u0001auth=Bearer {Users.TokenOf(user, password)}\u0001\u0001",
            "ANONYMOUS" => "trace",
            _ => challenge.Length == 0 ? First() : challenge.StartsWith("v=", StringComparison.Ordinal) ? "" : Final(challenge),
        };

        private string First()
        {
            bare = $"n={Escape(user)},r=nonce";
            return Header + bare;
        }

        // From the formulas of RFC 5802 §3 and not from the code under test.
        private string Final(string serverFirst)
        {
            var parts = serverFirst.Split(',');
            byte[] binding = [.. Encoding.ASCII.GetBytes(Header), .. mechanism is "SCRAM-SHA-256-PLUS" ? Binding : []];
            var withoutProof = $"c={Convert.ToBase64String(binding)},{parts[0]}";
            var salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(parts[1][2..]), int.Parse(parts[2][2..], CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
            var clientKey = HMACSHA256.HashData(salted, "Client Key"u8.ToArray());
            var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), Encoding.UTF8.GetBytes($"{bare},{serverFirst},{withoutProof}"));
            return $"{withoutProof},p={Convert.ToBase64String([.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))])}";
        }

        [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351", Justification = "CRAM-MD5 is made of it.")]
        private string Digest(string challenge) => Convert.ToHexStringLower(HMACMD5.HashData(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(challenge)));

        private static string Escape(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
    }

    private sealed class Users(params (string Name, string Password)[] all) : ICredentialStore, IBearerTokenValidator
    {
        private readonly Dictionary<string, SmtpCredential> credentials = all.ToDictionary(
            each => each.Name, each => new SmtpCredential(each.Name, ScramVerifier.Create(each.Password, 4096)) { ClearSecret = each.Password }, StringComparer.Ordinal);

        public static string TokenOf(string user, string password) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{user} {password}")));

        public (string Name, string Password) Pick(Random random) => all[random.Next(all.Length)];

        public string SecretOf(string user, string mechanism)
        {
            var password = credentials[user].ClearSecret!;
            return mechanism is "XOAUTH2" or "OAUTHBEARER" ? TokenOf(user, password) : password;
        }

        public ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => new(credentials.GetValueOrDefault(user));

        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) =>
            new(all.Where(each => token == TokenOf(each.Name, each.Password)).Select(each => new SmtpIdentity(each.Name)).FirstOrDefault());
    }
}
