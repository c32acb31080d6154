namespace Smtpd.Server.Mime;

/// <summary>How much is made of a message at most. What is beyond stays in the raw octets, and a warning says so.</summary>
internal sealed record MimeLimits
{
    public static MimeLimits Default { get; } = new();

    /// <summary>Multiparts and attached messages inside of each other. Real mail stays below ten.</summary>
    public int Depth { get; init; } = 50;

    public int Parts { get; init; } = 10_000;

    /// <summary>Octets of one header block that are looked at. At least 1 KiB.</summary>
    public int HeaderOctets { get; init; } = 256 * 1024;

    /// <summary>Octets of header fields, of the whole message, that are kept for display.</summary>
    public int HeaderOctetsInAll { get; init; } = 1024 * 1024;

    /// <summary>Fields kept for display, of the whole message.</summary>
    public int HeaderFields { get; init; } = 10_000;

    public int Addresses { get; init; } = 1000;

    /// <summary>Characters of the text, and of the html, each.</summary>
    public int TextCharacters { get; init; } = 2 * 1024 * 1024;

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);
}
