using System.Globalization;
using System.Text;
using Smtpd.Addresses;
using Smtpd.Text;

namespace Smtpd;

/// <summary>The address of a mailbox as it stands in a path (RFC 5321 §4.1.2, RFC 6531 §3.3): local part and domain, without route and brackets.</summary>
/// <remarks>
/// The default value is the null sender <c>&lt;&gt;</c> (RFC 5321 §4.5.5). An address that came through a command or <see cref="TryParse"/>
/// holds no control character and no line break. Two addresses are equal when their local parts are the same to the letter and their
/// domains but for case.
/// </remarks>
public readonly struct MailAddress : IEquatable<MailAddress>
{
    private static readonly IdnMapping Idna = new() { UseStd3AsciiRules = false };

    private readonly string? email;
    private readonly int localLength;

    internal MailAddress(string localPart, string domain)
    {
        email = domain.Length == 0 ? localPart : string.Concat(localPart, "@", domain);
        localLength = localPart.Length;
    }

    /// <summary>The address as given, such as <c>John+news@Example.COM</c>; empty for the null sender, <c>postmaster</c> in any case without a domain.</summary>
    public string Email => email ?? string.Empty;

    /// <summary>What stands before the <c>@</c>, as given: letter case and the quotes of a quoted string are kept.</summary>
    public string LocalPart => Email[..localLength];

    /// <summary>The local part for looking up a mailbox: unquoted, lower-case, cut before the first <c>+</c>.</summary>
    public string Username
    {
        get
        {
            var name = Unquote(LocalPart);
            var plus = name.IndexOf('+', StringComparison.Ordinal);
            return (plus < 0 ? name : name[..plus]).ToLowerInvariant();
        }
    }

    /// <summary>The domain or address literal in lower case; empty for the null sender and <c>postmaster</c> without a domain.</summary>
    public string Hostname => localLength < Email.Length ? Email[(localLength + 1)..].ToLowerInvariant() : string.Empty;

    /// <summary>The domain with every internationalised label as its A-label (RFC 5890 §2.3.2.1): what to compare and to look up in the DNS.</summary>
    public string AsciiHostname => ToAscii(Hostname);

    /// <summary>Whether this is the null sender <c>&lt;&gt;</c>.</summary>
    public bool IsNull => string.IsNullOrEmpty(email);

    /// <summary>Whether the address holds a character outside ASCII and so needs SMTPUTF8.</summary>
    public bool IsUtf8 => !Ascii.IsValid(Email);

    /// <summary>Whether this is <c>postmaster</c>, in any case of letters, without a domain (RFC 5321 §4.5.1).</summary>
    public bool IsPostmaster => localLength == Email.Length && Email.Equals("postmaster", StringComparison.OrdinalIgnoreCase);

    /// <summary>Compares local part and domain.</summary>
    public static bool operator ==(MailAddress left, MailAddress right) => left.Equals(right);

    /// <summary>Compares local part and domain.</summary>
    public static bool operator !=(MailAddress left, MailAddress right) => !left.Equals(right);

    /// <summary>Reads an address without angle brackets, such as <c>a@example.com</c>, by the strict grammar of RFC 5321 §4.1.2 and RFC 6531.</summary>
    /// <param name="text">The address; an empty text is the null sender, <c>postmaster</c> needs no domain.</param>
    /// <param name="address">The address when it is one.</param>
    /// <returns>Whether the whole text is an address.</returns>
    public static bool TryParse(string? text, out MailAddress address)
    {
        address = default;
        if (text is null)
            return false;
        if (text.Length == 0)
            return true;
        // A lone surrogate is not printable, so that the strict encoder never sees one.
        if (!PrintableText.IsPrintable(text))
            return false;
        var octets = StrictUtf8.Encoding.GetBytes(text);
        return PathGrammar.TryReadMailbox(octets, SmtpLeniency.None, out address, out var used) && used == octets.Length;
    }

    /// <inheritdoc/>
    public bool Equals(MailAddress other) =>
        LocalPart.Equals(other.LocalPart, StringComparison.Ordinal) && Hostname.Equals(other.Hostname, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MailAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(LocalPart.GetHashCode(StringComparison.Ordinal), Hostname.GetHashCode(StringComparison.Ordinal));

    /// <summary>The address as given.</summary>
    public override string ToString() => Email;

    /// <summary>The A-label form, or the domain as it is where a label has none (RFC 5891 §4).</summary>
    internal static bool TryToAscii(string domain, out string ascii)
    {
        ascii = domain;
        if (Ascii.IsValid(domain))
            return true;
        try
        {
            var mapped = Idna.GetAscii(domain.Normalize(NormalizationForm.FormC));
            // Where ICU is there, mapping makes "a/c" of U+2100 and "@" of U+FE6B: another domain than the one that was read, or none.
            var isDomain = PathGrammar.IsDomain(Encoding.ASCII.GetBytes(mapped));
            ascii = isDomain ? mapped : domain;
            return isDomain;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string ToAscii(string domain)
    {
        _ = TryToAscii(domain, out var ascii);
        return ascii;
    }

    private static string Unquote(string localPart)
    {
        if (localPart is not ['"', .., '"'])
            return localPart;
        var name = new StringBuilder(localPart.Length);
        for (var i = 1; i < localPart.Length - 1; i++)
        {
            if (localPart[i] == '\\')
                i++;
            name.Append(localPart[i]);
        }

        return name.ToString();
    }
}
