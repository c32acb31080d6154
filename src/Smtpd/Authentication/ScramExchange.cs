using System.Globalization;
using System.Security.Cryptography;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>One run of SCRAM (RFC 5802 §5): client first, server first, client final, server final, and an empty line from the client.</summary>
/// <remarks>RFC 4954 has no data with a success, so the server's final message is a challenge.</remarks>
/// <param name="mechanism">The mechanism's name.</param>
/// <param name="store">Where the verifiers are.</param>
/// <param name="unknownUsers">Makes verifiers for those who are not there.</param>
/// <param name="binding">The channel binding that the client must prove; null without PLUS.</param>
/// <param name="plusIsOffered">Whether the client has been offered PLUS, so that one that says it has not must have been lied to.</param>
/// <param name="nonce">The server's part of the nonce.</param>
internal sealed class ScramExchange(
    string mechanism, ICredentialStore store, UnknownUsers unknownUsers, ReadOnlyMemory<byte>? binding, bool plusIsOffered, string nonce) : ClientFirstExchange
{
    private const string BindingName = "tls-server-end-point";

    private ScramClientFirst? first;
    private string serverFirst = string.Empty;
    private SmtpCredential? credential;
    private ScramVerifier? verifier;
    private SaslResult? outcome;

    protected override ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        if (outcome is not null)
            return new(response.IsEmpty ? outcome : SaslResult.Malformed);
        if (!StrictUtf8.TryDecode(response.Span, out var message))
            return new(SaslResult.Malformed);
        return first is null ? TakeFirstAsync(message, cancellationToken) : new(TakeFinal(message, first, verifier!));
    }

    private async ValueTask<SaslResult> TakeFirstAsync(string message, CancellationToken cancellationToken)
    {
        if (!ScramClientFirst.TryRead(message, out var read))
            return SaslResult.Malformed;
        if (read.HasMandatoryExtension || !IsRightBinding(read))
            return SaslResult.Failure;
        credential = await store.FindCredentialAsync(read.User, cancellationToken).ConfigureAwait(false);
        // Made in any case, so that it takes no time to tell.
        var decoy = unknownUsers.VerifierFor(read.User);
        verifier = credential?.Verifier ?? decoy;
        first = read;
        serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={read.Nonce}{nonce},s={Convert.ToBase64String(verifier.Salt.Span)},i={verifier.Iterations}");
        return SaslResult.Continue(StrictUtf8.Encoding.GetBytes(serverFirst));
    }

    // RFC 5802 §6: "y" says that the client can bind and that we cannot; when we said we can, somebody cut that out. "p" belongs to PLUS and the other way round.
    private bool IsRightBinding(ScramClientFirst read) => read.BindingFlag switch
    {
        'p' => binding is { IsEmpty: false } && BindingName.Equals(read.BindingName, StringComparison.Ordinal),
        'y' => binding is null && !plusIsOffered,
        _ => binding is null,
    };

    private SaslResult TakeFinal(string message, ScramClientFirst read, ScramVerifier known)
    {
        if (!ScramClientFinal.TryRead(message, out var final))
            return SaslResult.Malformed;
        byte[] expectedBinding = [.. StrictUtf8.Encoding.GetBytes(read.Header), .. (binding ?? default).Span];
        var authMessage = StrictUtf8.Encoding.GetBytes($"{read.Bare},{serverFirst},{final.WithoutProof}");
        // No short cut from one to the next: all are looked at.
        var isProved = Proves(final.Proof, authMessage, known)
            & CryptographicOperations.FixedTimeEquals(final.Binding, expectedBinding)
            & final.Nonce.Equals(read.Nonce + nonce, StringComparison.Ordinal);
        if (!isProved || credential is null)
            return SaslResult.Failure;
        outcome = SaslNames.Accept(credential.ToIdentity(), mechanism, read.AuthorizationId, read.User);
        var signature = HMACSHA256.HashData(known.ServerKey, authMessage);
        return SaslResult.Continue(StrictUtf8.Encoding.GetBytes("v=" + Convert.ToBase64String(signature)));
    }

    // RFC 5802 §3: the proof is ClientKey XOR HMAC(StoredKey, AuthMessage), and StoredKey is H(ClientKey).
    private static bool Proves(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> authMessage, ScramVerifier known)
    {
        Span<byte> clientKey = stackalloc byte[ScramVerifier.KeyOctets];
        Span<byte> storedKey = stackalloc byte[ScramVerifier.KeyOctets];
        HMACSHA256.HashData(known.StoredKey, authMessage, clientKey);
        for (var i = 0; i < clientKey.Length; i++)
            clientKey[i] ^= proof[i];
        SHA256.HashData(clientKey, storedKey);
        CryptographicOperations.ZeroMemory(clientKey);
        return CryptographicOperations.FixedTimeEquals(storedKey, known.StoredKey);
    }
}
