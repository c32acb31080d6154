namespace Smtpd;

/// <summary>What the client said of the content by <c>BODY=</c> (RFC 6152, RFC 3030).</summary>
public enum BodyType
{
    /// <summary><c>7BIT</c>, and the default: lines of US-ASCII.</summary>
    SevenBit,

    /// <summary><c>8BITMIME</c>: lines of any octets.</summary>
    EightBitMime,

    /// <summary><c>BINARYMIME</c>: any octets, without lines; comes by BDAT only.</summary>
    BinaryMime,
}
