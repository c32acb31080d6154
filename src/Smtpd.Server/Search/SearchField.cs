namespace Smtpd.Server.Search;

/// <summary>Where words are looked for.</summary>
internal enum SearchField
{
    /// <summary>A word without a field: all that a reader sees of a message. Neither the other header fields nor blind copies.</summary>
    Any,
    Subject,
    From,
    To,
    Cc,
    Bcc,
    /// <summary><c>rcpt:</c>, the recipients of the envelope.</summary>
    Recipient,
    /// <summary><c>addressed:</c>, from, to, cc or bcc.</summary>
    Addressed,
    FileName,
    Header,
    Body,
}

/// <summary>The columns behind fields.</summary>
internal static class SearchFields
{
    private static readonly SearchField[] s_seen = [SearchField.Subject, SearchField.From, SearchField.To, SearchField.Cc, SearchField.FileName, SearchField.Body];
    private static readonly SearchField[] s_addresses = [SearchField.From, SearchField.To, SearchField.Cc, SearchField.Bcc];

    /// <summary>Every field that is a column of a <see cref="SearchDocument"/>.</summary>
    public static IReadOnlyList<SearchField> All { get; } =
        [SearchField.Subject, SearchField.From, SearchField.To, SearchField.Cc, SearchField.Bcc, SearchField.Recipient, SearchField.FileName, SearchField.Header, SearchField.Body];

    /// <summary>The columns in which a field's words are looked for; one of them must have the whole phrase.</summary>
    public static IReadOnlyList<SearchField> Columns(this SearchField field) => field switch
    {
        SearchField.Any => s_seen,
        SearchField.Addressed => s_addresses,
        _ => [field],
    };
}
