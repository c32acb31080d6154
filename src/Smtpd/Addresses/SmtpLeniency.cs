namespace Smtpd;

/// <summary>Breaches of the grammar that a server may be told to forgive. None is forgiven by default.</summary>
[Flags]
public enum SmtpLeniency
{
    /// <summary>Strict: what RFC 5321 and its extensions allow, and nothing else.</summary>
    None = 0,

    /// <summary><c>MAIL FROM:a@example.com</c>: the address may come without its angle brackets, as some appliances send it.</summary>
    MissingAngleBrackets = 1,

    /// <summary><c>&lt;a@example.com.&gt;</c> and <c>&lt;a.@example.com&gt;</c>: a dot behind the domain or the local part is dropped.</summary>
    TrailingDot = 2,

    /// <summary>A bare LF ends a command line, for people at a terminal. It never ends a line of content.</summary>
    BareLineFeed = 4,
}
