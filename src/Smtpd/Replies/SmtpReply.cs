using System.Buffers;
using System.Globalization;
using System.Text;
using Smtpd.Text;

namespace Smtpd;

/// <summary>A reply to an SMTP command (RFC 5321 §4.2): code, enhanced status, lines of text, and whether the connection ends with it.</summary>
/// <remarks>
/// The default value is <see cref="Continue"/>. Text is made safe when the reply is made: a character that is not printable becomes <c>?</c>,
/// so that nothing a client sent can start a line of its own, and a line too long for the 512 octets of RFC 5321 §4.5.3.1.5 is broken.
/// </remarks>
public readonly partial struct SmtpReply : IEquatable<SmtpReply>
{
    // With the longest code and status in front, and three octets for each character that is not ASCII, a line stays under 512 octets.
    private const int LongestAsciiLine = 480;
    private const int LongestUtf8Line = 160;

    private readonly string[]? lines;
    private readonly short code;
    private readonly bool closes;

    /// <summary>Makes a reply with an enhanced status code.</summary>
    /// <param name="code">200 to 599.</param>
    /// <param name="enhanced">Of the same class as <paramref name="code"/>, or <see cref="EnhancedStatus.None"/>.</param>
    /// <param name="lines">One text a line; none is a reply without text.</param>
    /// <exception cref="ArgumentException">The code is out of range, or the class of the status is another than the code's.</exception>
    public SmtpReply(int code, EnhancedStatus enhanced, params ReadOnlySpan<string> lines)
        : this(code, enhanced, MakeSafe(lines), closes: code is 221 or 421)
    {
    }

    /// <summary>Makes a reply without an enhanced status code.</summary>
    /// <param name="code">200 to 599.</param>
    /// <param name="text">One line of text.</param>
    /// <exception cref="ArgumentException">The code is out of range.</exception>
    public SmtpReply(int code, string text)
        : this(code, EnhancedStatus.None, text)
    {
    }

    private SmtpReply(int code, EnhancedStatus enhanced, string[] lines, bool closes)
    {
        if (code is < 200 or > 599)
            throw new ArgumentOutOfRangeException(nameof(code), code, "A reply code lies between 200 and 599 (RFC 5321 §4.2.1).");
        if (!enhanced.IsNone && enhanced.Class != code / 100)
            throw new ArgumentException($"The status {enhanced} does not belong to a {code} reply: the first digits must agree (RFC 2034 §4).", nameof(enhanced));
        this.code = (short)code;
        Enhanced = enhanced;
        this.lines = lines;
        this.closes = closes;
    }

    /// <summary>The three digits; 0 for <see cref="Continue"/>.</summary>
    public int Code => code;

    /// <summary>The status of RFC 3463, written on every line; none on replies that must not carry it.</summary>
    public EnhancedStatus Enhanced { get; }

    /// <summary>The lines of text, without code and status.</summary>
    public IReadOnlyList<string> Lines => lines ?? [];

    /// <summary>Whether this is <see cref="Continue"/>: no reply of the handler's own.</summary>
    public bool IsContinue => code == 0;

    /// <summary>Whether the code is 2xx or 3xx, or the reply is <see cref="Continue"/>.</summary>
    public bool IsPositive => code < 400;

    /// <summary>Whether the server closes the connection behind this reply. Always so for 221 and 421.</summary>
    public bool ClosesConnection => closes;

    /// <summary>Compares code, status, text and what follows.</summary>
    public static bool operator ==(SmtpReply left, SmtpReply right) => left.Equals(right);

    /// <summary>Compares code, status, text and what follows.</summary>
    public static bool operator !=(SmtpReply left, SmtpReply right) => !left.Equals(right);

    /// <summary>Reads a reply as it stands on the wire, such as <c>554 5.5.1 Error: no inbox for this email</c>.</summary>
    /// <param name="text">One line. A status code behind the reply code is recognised when its class fits.</param>
    /// <exception cref="FormatException">The line does not begin with a reply code.</exception>
    public static SmtpReply Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length < 3 || (text.Length > 3 && text[3] != ' ')
            || !int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 200 or > 599)
        {
            throw new FormatException($"A reply begins with a code from 200 to 599 and a blank, as in \"550 5.1.1 No such user\"; this one is \"{text}\".");
        }

        var rest = text.Length > 4 ? text[4..] : string.Empty;
        var blank = rest.IndexOf(' ', StringComparison.Ordinal);
        var first = blank < 0 ? rest : rest[..blank];
        return EnhancedStatus.TryParse(first, out var enhanced) && enhanced.Class == code / 100
            ? new SmtpReply(code, enhanced, blank < 0 ? string.Empty : rest[(blank + 1)..])
            : new SmtpReply(code, rest);
    }

    /// <summary>The same reply, behind which the server closes the connection.</summary>
    /// <exception cref="InvalidOperationException">The reply is <see cref="Continue"/>.</exception>
    public SmtpReply AndClose() => IsContinue
        ? throw new InvalidOperationException("SmtpReply.Continue is no reply that could end a connection.")
        : new SmtpReply(code, Enhanced, lines ?? [], closes: true);

    /// <summary>Whether the command it answers was carried out: 2xx, or nothing of the handler's own. A 3xx carries nothing out.</summary>
    internal bool IsCompletion => IsContinue || code / 100 == 2;

    /// <summary>334 with a challenge in base64 (RFC 4954 §4), which must not be broken into lines; the text may be empty, the blank before it stays.</summary>
    internal static SmtpReply Challenge(ReadOnlySpan<byte> challenge) =>
        new(334, EnhancedStatus.None, [Convert.ToBase64String(challenge)], closes: false);

    internal SmtpReply WithoutStatus() => new(code, EnhancedStatus.None, lines ?? [], closes);

    /// <inheritdoc/>
    public bool Equals(SmtpReply other) =>
        code == other.code && Enhanced == other.Enhanced && closes == other.closes && Lines.SequenceEqual(other.Lines, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SmtpReply other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(code, Enhanced, lines is [var first, ..] ? first : null);

    /// <summary>The reply as it stands on the wire, lines parted by CRLF, without the last CRLF.</summary>
    public override string ToString()
    {
        if (IsContinue)
            return "(continue)";
        var output = new ArrayBufferWriter<byte>();
        WriteTo(output, utf8: true);
        return StrictUtf8.Encoding.GetString(output.WrittenSpan[..^2]);
    }

    /// <summary>Writes the reply. Without <paramref name="utf8"/> (RFC 6531 §3.7.4.1) a character that is not ASCII is written as <c>?</c>.</summary>
    internal void WriteTo(IBufferWriter<byte> output, bool utf8)
    {
        var all = lines is { Length: > 0 } ? lines : [string.Empty];
        for (var i = 0; i < all.Length; i++)
            WriteLine(output, all[i], last: i == all.Length - 1, utf8);
    }

    private void WriteLine(IBufferWriter<byte> output, string text, bool last, bool utf8)
    {
        var span = output.GetSpan(16 + 3 * text.Length + 2);
        Span<char> head = stackalloc char[16];
        var separator = last ? ' ' : '-';
        int length;
        if (Enhanced.IsNone)
            head.TryWrite(CultureInfo.InvariantCulture, $"{code}{separator}", out length);
        else
            head.TryWrite(CultureInfo.InvariantCulture, $"{code}{separator}{Enhanced.Class}.{Enhanced.Subject}.{Enhanced.Detail} ", out length);

        var written = Encoding.ASCII.GetBytes(head[..length], span);
        written += utf8 ? StrictUtf8.Encoding.GetBytes(text, span[written..]) : Encoding.ASCII.GetBytes(text, span[written..]);
        "\r\n"u8.CopyTo(span[written..]);
        output.Advance(written + 2);
    }

    private static string[] MakeSafe(ReadOnlySpan<string> lines)
    {
        var safe = new List<string>(lines.Length);
        foreach (var line in lines)
            Break(MakeSafe(line ?? string.Empty), safe);
        return [.. safe];
    }

    private static string MakeSafe(string line)
    {
        var unsafeAt = 0;
        while (unsafeAt < line.Length && PrintableText.IsPrintable(line, unsafeAt))
            unsafeAt++;
        if (unsafeAt == line.Length)
            return line;

        return string.Create(line.Length, line, static (safe, from) =>
        {
            for (var i = 0; i < safe.Length; i++)
                safe[i] = PrintableText.IsPrintable(from, i) ? from[i] : '?';
        });
    }

    private static void Break(string line, List<string> into)
    {
        var longest = Ascii.IsValid(line) ? LongestAsciiLine : LongestUtf8Line;
        while (line.Length > longest)
        {
            var blank = line.LastIndexOf(' ', longest - 1);
            var end = blank > 0 ? blank : longest;
            if (blank <= 0 && char.IsHighSurrogate(line[end - 1]))
                end--;
            into.Add(line[..end]);
            line = line[(blank > 0 ? end + 1 : end)..];
        }

        into.Add(line);
    }
}
