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

    /// <summary>Everything this library implements; the default.</summary>
    All = Size | EightBitMime | SmtpUtf8 | Chunking | BinaryMime | DeliveryStatusNotification,
}
