using System.Buffers;
using System.Text.Json;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>What XOAUTH2 and OAUTHBEARER have in common: a message of key=value pairs with a token, and a refusal in two steps.</summary>
internal abstract class BearerExchange(string mechanism, SmtpConnection connection, IBearerTokenValidator validator) : ClientFirstExchange
{
    // RFC 7628 §3.1 calls it kvsep.
    protected const char Separator = '\u0001';

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private bool hasFailed;

    /// <summary>The <c>status</c> of the error that a token which is not valid gets.</summary>
    protected abstract string ErrorStatus { get; }

    protected sealed override ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        // The error has been told, and the client must answer it before it is told again as a reply; what it answers does not matter.
        if (hasFailed)
            return new(SaslResult.Failure);
        return StrictUtf8.TryDecode(response.Span, out var message) && TryRead(message, out var user, out var token)
            ? ValidateAsync(user, token, cancellationToken)
            : new(SaslResult.Malformed);
    }

    /// <summary>Reads the client's message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="user">Whom the token is said to be for; null when the message does not say.</param>
    /// <param name="token">The token; empty when the client asks what it needs (RFC 7628 §4.3).</param>
    protected abstract bool TryRead(string message, out string? user, out string token);

    /// <summary>Reads pairs that each end with ^A, with one more ^A at the end. Keys are letters and come once.</summary>
    protected static bool TryReadPairs(ReadOnlySpan<char> text, out Dictionary<string, string> pairs)
    {
        pairs = new(StringComparer.Ordinal);
        if (text.IsEmpty || text[^1] != Separator)
            return false;
        for (text = text[..^1]; !text.IsEmpty;)
        {
            var end = text.IndexOf(Separator);
            var equals = text.IndexOf('=');
            if (equals <= 0 || end < equals || text[..equals].ContainsAnyExcept(Letters) || !pairs.TryAdd(text[..equals].ToString(), text[(equals + 1)..end].ToString()))
                return false;
            text = text[(end + 1)..];
        }

        return true;
    }

    /// <summary>Reads <c>Bearer</c> and a token (RFC 6750 §2.1); nothing at all is an empty token.</summary>
    protected static bool TryReadBearer(string text, out string token)
    {
        token = string.Empty;
        if (text.Length == 0)
            return true;
        // RFC 9110 §11.1: the name of a scheme has no case.
        if (!text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return false;
        token = text["Bearer ".Length..].TrimStart(' ');
        var core = token.AsSpan().TrimEnd('=');
        return !core.IsEmpty && !core.ContainsAnyExcept(TokenCharacters);
    }

    private async ValueTask<SaslResult> ValidateAsync(string? user, string token, CancellationToken cancellationToken)
    {
        var identity = token.Length == 0 ? null : await validator.ValidateAsync(connection, user, token, cancellationToken).ConfigureAwait(false);
        if (identity is not null)
        {
            // Users of a token are mostly addresses, whose case the validator may forgive; it may also say whom the client acts as.
            var asked = identity.AuthorizationId is not null || identity.User.Equals(user, StringComparison.OrdinalIgnoreCase) ? null : user;
            return SaslNames.Accept(identity, mechanism, asked, user: null);
        }

        hasFailed = true;
        return SaslResult.Continue(Error());
    }

    private ReadOnlyMemory<byte> Error()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("status"u8, ErrorStatus);
        json.WriteString("schemes"u8, "bearer"u8);
        if (validator.Scope is { } scope)
            json.WriteString("scope"u8, scope);
        if (validator.OpenIdConfiguration is { } configuration)
            json.WriteString("openid-configuration"u8, configuration.AbsoluteUri);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
