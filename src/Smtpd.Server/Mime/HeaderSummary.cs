namespace Smtpd.Server.Mime;

/// <summary>A name and an address out of a header field; either may be empty, neither is trusted.</summary>
internal sealed record HeaderAddress(string Name, string Address);

/// <summary>What a list of messages shows of a header block. Missing or unreadable fields are <c>null</c> or empty.</summary>
internal sealed record HeaderSummary(
    string? Subject, HeaderAddress? From, IReadOnlyList<HeaderAddress> To, IReadOnlyList<HeaderAddress> Cc, DateTimeOffset? Date, string? MessageId)
{
    public static HeaderSummary Empty { get; } = new(null, null, [], [], null, null);

    // Stored as JSON, by earlier versions without these: what is missing there is empty here.
    public IReadOnlyList<HeaderAddress> ReplyTo { get; init => field = value ?? []; } = [];

    /// <summary>Identifiers of <c>In-Reply-To</c> and <c>References</c>, without their angle brackets.</summary>
    public IReadOnlyList<string> InReplyTo { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> References { get; init => field = value ?? []; } = [];
}
