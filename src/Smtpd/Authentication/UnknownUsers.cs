using System.Security.Cryptography;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>Makes up verifiers for users that do not exist, so that they are answered like those that do: nothing in the messages or in the work tells them apart.</summary>
internal sealed class UnknownUsers
{
    private readonly byte[] key;
    private readonly int iterations;

    /// <param name="key">What the salts come from; empty for a random key.</param>
    /// <param name="iterations">The count that known users mostly have.</param>
    public UnknownUsers(ReadOnlySpan<byte> key, int iterations)
    {
        this.key = key.IsEmpty ? RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes) : SHA256.HashData(key);
        this.iterations = iterations;
    }

    /// <summary>The same salt for the same user each time, as a user who exists has it; keys of which nobody knows the password.</summary>
    public ScramVerifier VerifierFor(string user)
    {
        var name = StrictUtf8.Encoding.GetBytes(user.ToLowerInvariant());
        return new ScramVerifier(iterations, Derive("salt"u8, name)[..ScramVerifier.SaltOctets], Derive("stored key"u8, name), Derive("server key"u8, name));
    }

    private byte[] Derive(ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> name) => HMACSHA256.HashData(key, (ReadOnlySpan<byte>)[.. purpose, 0, .. name]);
}
