namespace Smtpd.Server.Search;

/// <summary>A part of a query: what a message must be to be found. Immutable, at most <see cref="SearchQuery.MaximumTerms"/> leaves and a few levels deep, so recursion over it is safe.</summary>
internal abstract record SearchNode;

/// <summary>All of them. None of them: every message.</summary>
internal sealed record SearchAnd(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <summary>At least one of them. None of them: no message.</summary>
internal sealed record SearchOr(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <summary>Whatever the node does not find.</summary>
internal sealed record SearchNot(SearchNode Node) : SearchNode;

/// <summary>Tokens that follow one another within one column of <paramref name="Field"/>.</summary>
/// <param name="Field">Where.</param>
/// <param name="Tokens">As <see cref="SearchTokens"/> makes them; at least one.</param>
/// <param name="IsPhrase">More than one token: they must follow one another.</param>
/// <param name="IsPrefix">The last token may go on: <c>invoi</c> finds <c>invoice</c>.</param>
internal sealed record SearchWords(SearchField Field, IReadOnlyList<string> Tokens, bool IsPhrase, bool IsPrefix) : SearchNode
{
    public bool Equals(SearchWords? other) =>
        other is not null && (Field, IsPhrase, IsPrefix) == (other.Field, other.IsPhrase, other.IsPrefix) && Tokens.SequenceEqual(other.Tokens, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Field, IsPrefix, Tokens.Count, Tokens[0]);
}

/// <summary><c>is:read</c>, <c>is:unread</c>, <c>is:pinned</c>, <c>is:unpinned</c>.</summary>
internal sealed record SearchFlag(SearchFlagName Name, bool IsSet) : SearchNode;

/// <summary>What a message can be.</summary>
internal enum SearchFlagName { Read, Pinned }

/// <summary><c>has:attachment</c>: at least one that is not shown in the text.</summary>
internal sealed record SearchHasAttachment : SearchNode;

/// <summary><c>tag:</c>, the whole tag in any case of letters.</summary>
internal sealed record SearchTag(string Tag) : SearchNode;

/// <summary><c>message-id:</c>, whole, without its angle brackets.</summary>
internal sealed record SearchMessageId(string MessageId) : SearchNode;

/// <summary><c>before:</c>, received earlier than that instant.</summary>
internal sealed record SearchBefore(DateTimeOffset Time) : SearchNode;

/// <summary><c>after:</c>, received at that instant or later.</summary>
internal sealed record SearchAfter(DateTimeOffset Time) : SearchNode;

/// <summary><c>larger:</c>, more octets than that.</summary>
internal sealed record SearchLarger(long Bytes) : SearchNode;

/// <summary><c>smaller:</c>, fewer octets than that.</summary>
internal sealed record SearchSmaller(long Bytes) : SearchNode;

/// <summary><c>mailbox:</c>, its number or its name in any case of letters.</summary>
internal sealed record SearchMailbox(string IdOrName) : SearchNode;
