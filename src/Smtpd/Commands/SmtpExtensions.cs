namespace Smtpd;

/// <summary>The service extensions a server may offer. Each is advertised only when the part that implements it is there.</summary>
/// <remarks>PIPELINING (RFC 2920) and ENHANCEDSTATUSCODES (RFC 2034) are ways of the whole server and always offered.</remarks>
[Flags]
public enum SmtpExtensions
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>SIZE (RFC 1870): the largest message is told, a larger one refused at MAIL already.</summary>
    Size = 1,

    /// <summary>8BITMIME (RFC 6152): content with octets above 127.</summary>
    EightBitMime = 2,

    /// <summary>SMTPUTF8 (RFC 6531): addresses and header fields in UTF-8. A promise: what is received must be kept and passed on as such.</summary>
    SmtpUtf8 = 4,

    /// <summary>CHUNKING (RFC 3030): content in counted chunks by BDAT.</summary>
    Chunking = 8,

    /// <summary>BINARYMIME (RFC 3030): content without lines; needs CHUNKING.</summary>
    BinaryMime = 16,

    /// <summary>DSN (RFC 3461): the sender says which delivery reports it wants. A promise to honour or to pass on.</summary>
    DeliveryStatusNotification = 32,

    /// <summary>STARTTLS (RFC 3207), where <see cref="SmtpServerOptions.Tls"/> is set and the endpoint allows it; until TLS runs.</summary>
    StartTls = 64,

    /// <summary>AUTH (RFC 4954), where <see cref="SmtpServerOptions.Authentication"/> has something to check credentials with.</summary>
    Authentication = 128,

    /// <summary>LIMITS (RFC 9422): the limits in force are told.</summary>
    Limits = 256,

    /// <summary>PRDR (draft-hall-prdr): each recipient of a message may get a reply of its own, as <see cref="DataResult.PerRecipient"/> gives them.</summary>
    PerRecipientReplies = 512,

    /// <summary>XCLIENT, for the peers in <see cref="SmtpProxies.Trusted"/>.</summary>
    XClient = 1024,

    /// <summary>XFORWARD, for the peers in <see cref="SmtpProxies.Trusted"/>.</summary>
    XForward = 2048,

    /// <summary>REQUIRETLS (RFC 8689), under TLS. A promise to pass the message on over verified TLS or not at all.</summary>
    RequireTls = 4096,

    /// <summary>DELIVERBY (RFC 2852). A promise to return or to report a message that is not delivered in time.</summary>
    DeliverBy = 8192,

    /// <summary>MT-PRIORITY (RFC 6710). A promise to deliver the urgent first.</summary>
    Priority = 16384,

    /// <summary>FUTURERELEASE (RFC 4865). A promise to hold a message until its time.</summary>
    FutureRelease = 32768,

    /// <summary>RRVS (RFC 7293). A promise to deliver only to who has owned the mailbox since then.</summary>
    RecipientValidSince = 65536,

    /// <summary>NO-SOLICITING (RFC 3865). A promise to refuse solicitations that a recipient does not want.</summary>
    NoSoliciting = 131072,

    /// <summary>What a server can keep by itself; the default. The promises beyond are offered when <see cref="SmtpHandler.HonouredExtensions"/> or the options name them.</summary>
    Default = Size | EightBitMime | SmtpUtf8 | Chunking | BinaryMime | DeliveryStatusNotification | StartTls | Authentication | Limits
        | PerRecipientReplies | XClient | XForward,
}
