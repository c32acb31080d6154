namespace Smtpd;

/// <summary>How long a peer may take. A deadline that passes is answered 421 4.4.2, then the connection closes. They are looked at once a second.</summary>
public sealed record SmtpTimeouts
{
    /// <summary>For a TLS handshake, from its first octet or STARTTLS to its end; beyond it the connection is cut without a word. Default 10 seconds.</summary>
    // Two round trips and a signature: whoever needs longer has most likely no TLS to speak.
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the PROXY header, where one is expected; beyond it the connection is cut without a word. Default 5 seconds.</summary>
    // The proxy sends it in the first packet, and the specification asks for at least three seconds, for one lost packet.
    public TimeSpan ProxyHeader { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the connection to the end of the first command. Default 60 seconds.</summary>
    // Below the five minutes of the later commands: whoever has not said hello yet is most likely nobody.
    public TimeSpan Greeting { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From one command to the end of the next, however slowly it comes. Default 5 minutes.</summary>
    // RFC 5321 §4.5.3.2.7: a server should wait at least five minutes for the next command.
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Between two arrivals of content. Default 3 minutes.</summary>
    // RFC 5321 §4.5.3.2.5: the client's own limit on a data block is three minutes.
    public TimeSpan Data { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the peer to take a write; beyond it the connection is cut without a word. Default 60 seconds.</summary>
    // Replies are small: a peer whose window is shut this long does not read.
    public TimeSpan Write { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For a hook to answer; beyond it the connection is cut, the hook's token cancelled. Default 10 minutes.</summary>
    // RFC 5321 §4.5.3.2.6: no client waits longer for any reply.
    public TimeSpan Handler { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the greeting is held back; a client that talks before it (RFC 5321 §4.3.1) is no mail client, and is refused with 554. Default zero: no wait, no look.</summary>
    public TimeSpan GreetingDelay { get; init; }

    /// <summary>How long each refusal is held back, so that guessing addresses and passwords takes time. Default zero.</summary>
    public TimeSpan ErrorDelay { get; init; }

    /// <summary>For the whole connection. Default 24 hours.</summary>
    // Nothing in RFC 5321; a bound on what never ends.
    public TimeSpan Connection { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Octets a second that content must average after its first minute; 0 is none. Default 100.</summary>
    // Between Postfix's smtpd_min_data_rate (500) and a satellite phone.
    public int MinimumDataRate { get; init; } = 100;
}
