using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Collects from the fields of a header block what a list shows. The first of each counts: a second is a mistake or somebody's trick (RFC 5322 3.6).</summary>
internal sealed class SummaryFields(int maximumAddresses, Encoding? fallback = null)
{
    private const int MaximumTextLength = 2000;
    private const int MaximumIdentifiers = 100;

    private readonly List<HeaderAddress> _from = [], _to = [], _cc = [], _replyTo = [];
    private List<string>? _inReplyTo, _references;
    private string? _subject, _date, _messageId;

    public bool HasTooManyAddresses { get; private set; }

    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> body)
    {
        if (Is(name, "subject"u8))
            _subject ??= EncodedWords.Decode(Text(body));
        else if (Is(name, "date"u8))
            _date ??= Text(body);
        else if (Is(name, "message-id"u8))
            _messageId ??= Identifier(Text(body));
        else if (Is(name, "in-reply-to"u8))
            _inReplyTo ??= Identifiers(body);
        else if (Is(name, "references"u8))
            _references ??= Identifiers(body);
        else if (Is(name, "from"u8))
            Addresses(body, _from);
        else if (Is(name, "reply-to"u8))
            Addresses(body, _replyTo);
        else if (Is(name, "to"u8))
            Addresses(body, _to);
        else if (Is(name, "cc"u8))
            Addresses(body, _cc);
    }

    public HeaderSummary Build()
    {
        DateTimeOffset? when = _date is not null && HeaderDate.TryParse(_date, out var value) ? value : null;
        return new(_subject, _from.Count > 0 ? _from[0] : null, _to, _cc, when, _messageId)
        {
            ReplyTo = _replyTo,
            InReplyTo = _inReplyTo ?? [],
            References = _references ?? [],
        };
    }

    /// <summary>RFC 5322 3.6.4: what is between the angle brackets, or all of it without.</summary>
    public static string? Identifier(string text)
    {
        var start = text.IndexOf('<', StringComparison.Ordinal);
        var end = text.IndexOf('>', start + 1);
        text = (start >= 0 && end > start ? text[(start + 1)..end] : text).Trim('<', '>', ' ', '\t');
        return text.Length > 0 ? text : null;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => name.Length == expected.Length && Ascii.EqualsIgnoreCase(name, expected);

    private string Text(ReadOnlySpan<byte> body) => HeaderText.Cut(HeaderText.Unfold(body, fallback), MaximumTextLength);

    private void Addresses(ReadOnlySpan<byte> body, List<HeaderAddress> into)
    {
        if (!AddressList.Read(HeaderText.Unfold(body, fallback), into, maximumAddresses))
            HasTooManyAddresses = true;
    }

    private List<string> Identifiers(ReadOnlySpan<byte> body)
    {
        List<string> found = [];
        var text = HeaderText.Unfold(body, fallback).AsSpan();
        while (found.Count < MaximumIdentifiers)
        {
            var start = text.IndexOf('<');
            var end = start < 0 ? -1 : text[start..].IndexOf('>');
            if (end < 0)
                break;
            var identifier = text.Slice(start + 1, end - 1).Trim();
            if (!identifier.IsEmpty)
                found.Add(HeaderText.Cut(identifier.ToString(), MaximumTextLength));
            text = text[(start + end + 1)..];
        }

        return found;
    }
}
