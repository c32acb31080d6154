namespace Smtpd;

/// <summary>How much a peer may ask for. Every limit is on by default; each says where its number comes from.</summary>
public sealed record SmtpLimits
{
    /// <summary>Octets of a command line with its CRLF; a longer line is refused with 500 and skipped. Default 2048.</summary>
    // RFC 5321 §4.5.3.1.4 asks for 512 and lets extensions add to it (DSN alone adds over 600); Postfix reads 2048.
    public int CommandLineOctets { get; init; } = 2048;

    // RFC 4954 §4.3: for AUTH and what follows it, whatever CommandLineOctets says.
    internal const int AuthenticationLineOctets = 12288;

    /// <summary>Octets of a line of content with its line end; a message with a longer one is refused with 554. Default 1 MiB.</summary>
    // RFC 5321 §4.5.3.1.6 asks for 1000, and generators that put a whole HTML page on one line are common. This bound only keeps readers safe.
    public int ContentLineOctets { get; init; } = 1024 * 1024;

    /// <summary>Octets of a message (RFC 1870 §5); advertised, and enforced at MAIL and while receiving with 552. Default 35 MiB.</summary>
    // What 25 MiB of attachments, the largest that the great mail providers send, come to in base64.
    public long MessageOctets { get; init; } = 35 * 1024 * 1024;

    /// <summary>Octets of a refused message beyond <see cref="MessageOctets"/> that are read for the sake of a proper reply; after them the connection closes. Default 64 MiB.</summary>
    // Enough for a message of nearly twice the default size over the default limit; a peer that sends more is not listening.
    public long DrainOctets { get; init; } = 64 * 1024 * 1024;

    /// <summary>Recipients of a message; one more is refused with 452 4.5.3, so that the client sends it in another transaction. Default 1000.</summary>
    // RFC 5321 §4.5.3.1.8 asks for at least 100; Postfix takes 1000.
    public int Recipients { get; init; } = 1000;

    /// <summary>Refused commands without a message accepted in between; the one that reaches the number is answered 421. Default 20.</summary>
    // smtpd_hard_error_limit of Postfix.
    public int Errors { get; init; } = 20;

    /// <summary>Failed AUTH attempts; the one that reaches the number is answered 421. Default 5.</summary>
    // A client may try each mechanism it knows with the same wrong password, as Python's smtplib does with three, and should still read 535.
    public int AuthenticationAttempts { get; init; } = 5;

    /// <summary>The longest that a message may ask to be held by FUTURERELEASE (RFC 4865). Default 30 days.</summary>
    public TimeSpan FutureRelease { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Connections at a time; one more is answered 421. Default 10000.</summary>
    // What a busy site's front end needs with room to spare; an idle one costs about 7 KB (docs/performance.md), so 70 MB for all.
    public int Connections { get; init; } = 10_000;

    /// <summary>Connections at a time from one IPv4 address or one IPv6 /64; one more is answered 421. Default 50.</summary>
    // smtpd_client_connection_count_limit of Postfix. A /64 is what one customer has.
    public int ConnectionsPerAddress { get; init; } = 50;

    /// <summary>New connections a minute from one IPv4 address or one IPv6 /64; one more is answered 421. Default: no limit.</summary>
    // As smtpd_client_connection_rate_limit of Postfix: a mail server that sends much opens many.
    public int NewConnectionsPerAddress { get; init; } = int.MaxValue;

    /// <summary>Octets of content that all connections together may hold in memory, on its way to the handlers; beyond it new connections get 421 and new messages 452 4.3.1. Default 512 MiB.</summary>
    // A message on its way holds 128 KiB at most, so that is 4096 large messages at a time.
    public long ContentMemoryOctets { get; init; } = 512L * 1024 * 1024;

    /// <summary>Messages over one connection; MAIL behind the last is answered 421. Default 100000.</summary>
    // Far above what senders reuse a connection for (KumoMTA allows 10000): it only ends a connection that never ends.
    public int MessagesPerConnection { get; init; } = 100_000;
}
