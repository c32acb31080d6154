using System.Buffers;
using System.Text;
using Smtpd.Text;

namespace Smtpd.Addresses;

/// <summary>Reverse-path, forward-path and mailbox by the grammar of RFC 5321 §4.1.2-3, widened to UTF-8 by RFC 6531 §3.3.</summary>
/// <remarks>Written by hand over octets: a regular expression here is how line breaks got into addresses elsewhere.</remarks>
internal static class PathGrammar
{
    // RFC 5321 §4.5.3.1.1-3, in octets. The path's limit counts its brackets.
    private const int LongestLocalPart = 64;
    private const int LongestDomain = 255;
    private const int LongestPath = 256;
    private const int LongestLabel = 63;

    // atext of RFC 5322 §3.2.3.
    private static readonly SearchValues<byte> Atext =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~"u8);

    /// <summary>Reads <c>&lt;</c>path<c>&gt;</c> from the start of <paramref name="input"/>. An empty path is the null sender where <paramref name="nullAllowed"/>.</summary>
    /// <param name="input">What stands behind <c>FROM:</c> or <c>TO:</c>.</param>
    /// <param name="nullAllowed">Whether <c>&lt;&gt;</c> may stand here.</param>
    /// <param name="leniency">What to forgive.</param>
    /// <param name="address">The mailbox, its source route dropped (RFC 5321 §3.3 and appendix C).</param>
    /// <param name="used">How many octets the path took.</param>
    public static bool TryReadPath(ReadOnlySpan<byte> input, bool nullAllowed, SmtpLeniency leniency, out MailAddress address, out int used)
    {
        address = default;
        used = 0;
        if (input is not [(byte)'<', ..])
            return leniency.HasFlag(SmtpLeniency.MissingAngleBrackets) && TryReadBarePath(input, nullAllowed, leniency, out address, out used);
        if (nullAllowed && input is [_, (byte)'>', ..])
        {
            used = 2;
            return true;
        }

        var at = 1;
        if (!TrySkipRoute(input, ref at)
            || !TryReadMailbox(input[at..], leniency, out address, out var length)
            || at + length >= input.Length || input[at + length] != '>')
        {
            return false;
        }

        // RFC 5321 §4.1.1.3: <postmaster> without a domain is a forward-path of its own, no mailbox to route to or to write from.
        if (address.IsPostmaster && (nullAllowed || at > 1))
            return false;
        used = at + length + 1;
        return length + 2 <= LongestPath;
    }

    /// <summary>Reads local-part <c>@</c> domain, or <c>postmaster</c> alone, from the start of <paramref name="input"/>.</summary>
    public static bool TryReadMailbox(ReadOnlySpan<byte> input, SmtpLeniency leniency, out MailAddress address, out int used)
    {
        address = default;
        used = input is [(byte)'"', ..] ? QuotedStringLength(input) : DotStringLength(input, leniency);
        if (used is 0 or > LongestLocalPart)
            return false;
        var localPart = input[..used];
        if (used == input.Length || input[used] != '@')
        {
            // RFC 5321 §4.5.1: the reserved mailbox may come without a domain, in any case of letters.
            if (!Ascii.EqualsIgnoreCase(localPart, "postmaster"u8))
                return false;
            address = new MailAddress(StrictUtf8.Encoding.GetString(localPart), string.Empty);
            return true;
        }

        var rest = input[(used + 1)..];
        var length = rest is [(byte)'[', ..] ? AddressLiteral.Length(rest) : DomainLength(rest);
        if (length is 0 or > LongestDomain
            || !StrictUtf8.TryDecode(localPart, out var local)
            || !StrictUtf8.TryDecode(rest[..length], out var domain)
            || !PrintableText.IsPrintable(local) || !IsAcceptableDomain(domain))
        {
            return false;
        }

        used += 1 + length;
        if (leniency.HasFlag(SmtpLeniency.TrailingDot) && length < rest.Length && rest[length] == '.')
            used++;
        address = new MailAddress(local, domain);
        return true;
    }

    /// <summary>Whether all of it is a domain by the grammar of RFC 5321 §4.1.2.</summary>
    public static bool IsDomain(ReadOnlySpan<byte> text) => DomainLength(text) == text.Length;

    private static bool TryReadBarePath(ReadOnlySpan<byte> input, bool isSender, SmtpLeniency leniency, out MailAddress address, out int used) =>
        TryReadMailbox(input, leniency, out address, out used) && (used == input.Length || input[used] == ' ')
        && !(isSender && address.IsPostmaster);

    /// <summary>A-d-l ":" — at-domains parted by commas. Receivers must accept it and should drop it (RFC 5321 §4.1.1.3).</summary>
    private static bool TrySkipRoute(ReadOnlySpan<byte> input, ref int at)
    {
        if (at >= input.Length || input[at] != '@')
            return true;
        while (at < input.Length && input[at] == '@')
        {
            var length = DomainLength(input[(at + 1)..]);
            at += 1 + length;
            if (length is 0 or > LongestDomain || at >= input.Length)
                return false;
            if (input[at] == ':')
            {
                at++;
                return true;
            }

            if (input[at] != ',')
                return false;
            at++;
        }

        return false;
    }

    private static int DotStringLength(ReadOnlySpan<byte> input, SmtpLeniency leniency)
    {
        var at = 0;
        while (true)
        {
            var atom = AtomLength(input[at..]);
            if (atom == 0)
                // "user.@example.com" comes from appliances that append a dot to what their operator typed.
                return at > 0 && leniency.HasFlag(SmtpLeniency.TrailingDot) ? at : 0;
            at += atom;
            if (at == input.Length || input[at] != '.')
                return at;
            at++;
        }
    }

    private static int AtomLength(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (at < input.Length && (input[at] >= 0x80 || Atext.Contains(input[at])))
            at++;
        return at;
    }

    /// <summary>Length with both quotes, or 0. qtextSMTP and quoted-pairSMTP of RFC 5321 §4.1.2: printable ASCII and blank, no tab.</summary>
    private static int QuotedStringLength(ReadOnlySpan<byte> input)
    {
        for (var at = 1; at < input.Length; at++)
        {
            var octet = input[at];
            if (octet == '"')
                return at + 1;
            if (octet == '\\' && (++at == input.Length || input[at] is < 0x20 or > 0x7E))
                return 0;
            if (octet is < 0x20 or 0x7F)
                return 0;
        }

        return 0;
    }

    /// <summary>Length of labels joined by single dots, or 0. The underscore is no letter of RFC 5321 but one of many host names in test networks.</summary>
    private static int DomainLength(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (true)
        {
            var start = at;
            while (at < input.Length && (input[at] >= 0x80 || char.IsAsciiLetterOrDigit((char)input[at]) || input[at] is (byte)'-' or (byte)'_'))
                at++;
            if (at == start)
                // A dot behind the last label: the caller sees it as the octet that should not be there.
                return start > 0 ? start - 1 : 0;
            if (at - start > LongestLabel || input[start] == '-' || input[at - 1] == '-')
                return 0;
            if (at == input.Length || input[at] != '.')
                return at;
            at++;
        }
    }

    /// <summary>No dots in disguise (U+3002 and kin, which IDNA maps to a dot), and every label has an A-label.</summary>
    private static bool IsAcceptableDomain(string domain) =>
        Ascii.IsValid(domain)
        || (PrintableText.IsPrintable(domain) && domain.AsSpan().IndexOfAny("\u3002\uFF0E\uFF61\uFF20") < 0 && MailAddress.TryToAscii(domain, out _));
}
