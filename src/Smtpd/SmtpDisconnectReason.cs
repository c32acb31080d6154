namespace Smtpd;

/// <summary>Why a connection ended.</summary>
public enum SmtpDisconnectReason
{
    /// <summary>The client said QUIT.</summary>
    Quit,

    /// <summary>The client went away without QUIT, or the network failed.</summary>
    PeerClosed,

    /// <summary>A reply closed the connection: a refusal, too many errors, a message far over the limit.</summary>
    Refused,

    /// <summary>The TLS handshake failed, or TLS was spoken where it is not.</summary>
    TlsFailed,

    /// <summary>A deadline passed (<see cref="SmtpTimeouts"/>).</summary>
    TimedOut,

    /// <summary>The server is stopping.</summary>
    ServerStopping,

    /// <summary>The server was stopped without waiting, or something failed that is no fault of the peer.</summary>
    Aborted,
}
