using System.Diagnostics.CodeAnalysis;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>The client's first message (RFC 5802 §7).</summary>
/// <param name="Header">The GS2 header as sent, with its last comma.</param>
/// <param name="BindingFlag"><c>n</c>, <c>y</c> or <c>p</c>.</param>
/// <param name="BindingName">The channel binding of <c>p</c>.</param>
/// <param name="AuthorizationId">Whom the client wants to act as.</param>
/// <param name="Bare">What stands behind the header.</param>
/// <param name="User">The user, prepared.</param>
/// <param name="Nonce">The client's part of the nonce.</param>
/// <param name="HasMandatoryExtension">Whether <c>m=</c> names an extension that the server must know; it knows none.</param>
internal sealed record ScramClientFirst(
    string Header, char BindingFlag, string? BindingName, string? AuthorizationId, string Bare, string User, string Nonce, bool HasMandatoryExtension)
{
    // The server's nonce is ours; a long one of the client would only come back to it.
    private const int MaxNonceLength = 1024;

    public static bool TryRead(string message, [NotNullWhen(true)] out ScramClientFirst? first)
    {
        first = null;
        var flagEnd = message.IndexOf(',', StringComparison.Ordinal);
        var headerEnd = flagEnd < 0 ? -1 : message.IndexOf(',', flagEnd + 1);
        if (headerEnd < 0 || !TryReadFlag(message[..flagEnd], out var bindingName) || !TryReadAuthorizationId(message[(flagEnd + 1)..headerEnd], out var authorizationId))
            return false;
        var bare = message[(headerEnd + 1)..];
        var attributes = bare.Split(',');
        var hasMandatory = ScramAttributes.IsAttribute(attributes[0], 'm');
        var rest = attributes.AsSpan(hasMandatory ? 1 : 0);
        if (rest.Length < 2 || !ScramAttributes.IsAttribute(rest[0], 'n') || !ScramAttributes.IsAttribute(rest[1], 'r') || !ScramAttributes.AreAttributes(rest[2..])
            || !ScramAttributes.TryReadName(rest[0][2..], out var user) || !IsNonce(rest[1].AsSpan(2)))
        {
            return false;
        }

        first = new(message[..(headerEnd + 1)], message[0], bindingName, authorizationId, bare, user, rest[1][2..], hasMandatory);
        return true;
    }

    private static bool TryReadFlag(string flag, out string? bindingName)
    {
        bindingName = null;
        if (flag is "n" or "y")
            return true;
        if (!flag.StartsWith("p=", StringComparison.Ordinal))
            return false;
        bindingName = flag[2..];
        return bindingName.Length > 0 && bindingName.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');
    }

    private static bool TryReadAuthorizationId(string text, out string? authorizationId)
    {
        authorizationId = null;
        if (text.Length == 0)
            return true;
        var isRead = ScramAttributes.TryReadName(text.StartsWith("a=", StringComparison.Ordinal) ? text[2..] : string.Empty, out var name);
        authorizationId = name;
        return isRead;
    }

    private static bool IsNonce(ReadOnlySpan<char> nonce) => nonce.Length is > 0 and <= MaxNonceLength && nonce.IndexOfAnyExceptInRange('!', '~') < 0;
}

/// <summary>The client's final message (RFC 5802 §7).</summary>
/// <param name="WithoutProof">What stands before the proof.</param>
/// <param name="Binding">The GS2 header and the channel binding data.</param>
/// <param name="Nonce">Both parts of the nonce.</param>
/// <param name="Proof">The client's proof, 32 octets.</param>
internal sealed record ScramClientFinal(string WithoutProof, byte[] Binding, string Nonce, byte[] Proof)
{
    public static bool TryRead(string message, [NotNullWhen(true)] out ScramClientFinal? final)
    {
        final = null;
        var attributes = message.Split(',');
        if (attributes.Length < 3 || !ScramAttributes.IsAttribute(attributes[0], 'c') || !ScramAttributes.IsAttribute(attributes[1], 'r')
            || !ScramAttributes.AreAttributes(attributes.AsSpan(2)) || !ScramAttributes.IsAttribute(attributes[^1], 'p')
            || !StrictBase64.TryDecode(attributes[0].AsSpan(2), out var binding)
            || !StrictBase64.TryDecode(attributes[^1].AsSpan(2), out var proof) || proof.Length != ScramVerifier.KeyOctets)
        {
            return false;
        }

        final = new(message[..^(attributes[^1].Length + 1)], binding, attributes[1][2..], proof);
        return true;
    }
}

/// <summary>Attributes of SCRAM messages: a letter, <c>=</c> and a value without commas.</summary>
internal static class ScramAttributes
{
    public static bool IsAttribute(string text, char letter) => text.Length >= 2 && text[0] == letter && text[1] == '=';

    public static bool AreAttributes(ReadOnlySpan<string> all)
    {
        foreach (var text in all)
        {
            if (text.Length < 3 || !char.IsAsciiLetter(text[0]) || text[1] != '=' || text.Contains('\0', StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    /// <summary>Reads a saslname: <c>=2C</c> is a comma, <c>=3D</c> an equals sign, and no other <c>=</c> may stand in it.</summary>
    public static bool TryReadName(string text, out string name)
    {
        name = string.Empty;
        for (var at = text.IndexOf('=', StringComparison.Ordinal); at >= 0; at = text.IndexOf('=', at + 1))
        {
            if (!text.AsSpan(at).StartsWith("=2C", StringComparison.Ordinal) && !text.AsSpan(at).StartsWith("=3D", StringComparison.Ordinal))
                return false;
        }

        var decoded = text.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return SaslNames.TryRead(StrictUtf8.Encoding.GetBytes(decoded), out name);
    }
}
