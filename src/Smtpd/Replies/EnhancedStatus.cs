using System.Globalization;

namespace Smtpd;

/// <summary>An enhanced mail system status code such as <c>5.1.1</c> (RFC 3463). The default value is "none".</summary>
public readonly record struct EnhancedStatus
{
    private readonly byte @class;
    private readonly ushort subject;
    private readonly ushort detail;

    /// <summary>Makes a status code out of its three parts (RFC 3463 §2).</summary>
    /// <param name="class">2 (success), 4 (persistent transient failure) or 5 (permanent failure).</param>
    /// <param name="subject">0 to 999.</param>
    /// <param name="detail">0 to 999.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part is outside its range.</exception>
    public EnhancedStatus(int @class, int subject, int detail)
    {
        if (@class is not (2 or 4 or 5))
            throw new ArgumentOutOfRangeException(nameof(@class), @class, "The class of a status code is 2, 4 or 5 (RFC 3463 §2).");
        ArgumentOutOfRangeException.ThrowIfNegative(subject);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subject, 999);
        ArgumentOutOfRangeException.ThrowIfNegative(detail);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(detail, 999);
        this.@class = (byte)@class;
        this.subject = (ushort)subject;
        this.detail = (ushort)detail;
    }

    /// <summary>No status code: for the replies that must not carry one (greeting, EHLO, 354).</summary>
    public static EnhancedStatus None => default;

    /// <summary>2, 4 or 5; 0 for <see cref="None"/>.</summary>
    public int Class => @class;

    /// <summary>What the status is about: addressing (1), mailbox (2), system (3), network (4), protocol (5), content (6), policy (7).</summary>
    public int Subject => subject;

    /// <summary>The precise condition within the subject.</summary>
    public int Detail => detail;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => @class == 0;

    /// <summary>Reads <c>class.subject.detail</c>.</summary>
    /// <param name="text">For example <c>4.3.1</c>; signs, blanks and empty parts are refused.</param>
    /// <param name="status">The status, or <see cref="None"/>.</param>
    /// <returns>Whether <paramref name="text"/> is a status code.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatus status)
    {
        status = None;
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3
            || !TryParsePart(text[parts[0]], out var @class) || @class is not (2 or 4 or 5)
            || !TryParsePart(text[parts[1]], out var subject)
            || !TryParsePart(text[parts[2]], out var detail))
        {
            return false;
        }

        status = new EnhancedStatus(@class, subject, detail);
        return true;
    }

    /// <summary>The dotted form, or an empty text for <see cref="None"/>.</summary>
    public override string ToString() =>
        IsNone ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{@class}.{subject}.{detail}");

    private static bool TryParsePart(ReadOnlySpan<char> part, out int value)
    {
        value = 0;
        return part.Length is >= 1 and <= 3 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
