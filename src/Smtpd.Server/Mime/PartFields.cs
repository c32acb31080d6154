using System.Text;
using System.Text.Unicode;

namespace Smtpd.Server.Mime;

/// <summary>Makes of the fields of a header block what a part knows of itself.</summary>
internal sealed class PartFields(MimeLimits limits, MimeWarnings warnings)
{
    private int _fieldsLeft = limits.HeaderFields;
    private long _octetsLeft = limits.HeaderOctetsInAll;
    private byte[]? _rootBlock; // kept where it has octets that are neither ASCII nor UTF-8: the text's charset may tell what they are
    private (Range Name, Range Body)[] _rootFields = [];

    /// <summary>Of the part that was read last, if it is a multipart and has one.</summary>
    public byte[]? Boundary { get; private set; }

    public HeaderSummary Summary { get; private set; } = HeaderSummary.Empty;

    public void Read(MimePart part, ReadOnlySpan<byte> block, List<(Range Name, Range Body)> fields)
    {
        ReadContentFields(part, block, fields);
        Encoding? fallback = null;
        if (fields.Count > 0 && !Utf8.IsValid(block[fields[0].Name.Start.Value..fields[^1].Body.End.Value]))
        {
            fallback = Charsets.Find(part.Charset, out _);
            if (part.Parent is null && fallback is null)
                (_rootBlock, _rootFields) = (block[..fields[^1].Body.End.Value].ToArray(), [.. fields]);
        }

        part.Headers = ReadHeaders(block, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields), fallback);
        if (part.Parent is null)
            Summary = ReadSummary(block, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields), fallback);
    }

    /// <summary>Once the charset of the text is known: raw octets of the header fields are most likely in the same.</summary>
    public void ReadAgain(MimePart root, string? charset)
    {
        if (_rootBlock is null || Charsets.Find(charset, out _) is not Encoding fallback || fallback.CodePage == Encoding.UTF8.CodePage)
            return;
        _fieldsLeft += root.Headers.Count;
        _octetsLeft += _rootBlock.Length;
        root.Headers = ReadHeaders(_rootBlock, _rootFields, fallback);
        Summary = ReadSummary(_rootBlock, _rootFields, fallback);
    }

    private HeaderSummary ReadSummary(ReadOnlySpan<byte> block, ReadOnlySpan<(Range Name, Range Body)> fields, Encoding? fallback)
    {
        SummaryFields summary = new(limits.Addresses, fallback);
        foreach (var (name, body) in fields)
            summary.Take(block[name], block[body]);
        if (summary.HasTooManyAddresses)
            warnings.Add("addresses", $"Only the first {limits.Addresses} addresses of a field are shown.");
        return summary.Build();
    }

    private List<MimeHeader> ReadHeaders(ReadOnlySpan<byte> block, ReadOnlySpan<(Range Name, Range Body)> fields, Encoding? fallback)
    {
        List<MimeHeader> headers = new(Math.Min(fields.Length, _fieldsLeft));
        var faults = EncodedWordFaults.None;
        foreach (var (name, body) in fields)
        {
            _octetsLeft -= block[name].Length + block[body].Length;
            if (_fieldsLeft-- <= 0 || _octetsLeft < 0)
            {
                _fieldsLeft = 0;
                warnings.Add("header-fields", "Not all header fields are shown: there are too many.");
                break;
            }

            var raw = HeaderText.Unfold(block[body], fallback);
            var value = EncodedWords.Decode(raw, out var found);
            faults |= found;
            headers.Add(new(Encoding.ASCII.GetString(block[name]), raw, value));
        }

        if (faults.HasFlag(EncodedWordFaults.Broken))
            warnings.Add("encoded-word", "An encoded word in the header (RFC 2047) is broken.");
        if (faults.HasFlag(EncodedWordFaults.UnknownCharset))
            warnings.Add("charset", "An encoded word in the header (RFC 2047) has an unknown charset.");
        if (faults.HasFlag(EncodedWordFaults.TooMany))
            warnings.Add("encoded-words", "A header field has too many encoded words; the rest was left as it stands.");
        return headers;
    }

    // The first of each counts, as everywhere.
    private void ReadContentFields(MimePart part, ReadOnlySpan<byte> block, List<(Range Name, Range Body)> fields)
    {
        string? type = null, disposition = null, encoding = null;
        foreach (var (name, body) in fields)
        {
            var octets = block[name];
            if (octets.Length < 10 || !Ascii.EqualsIgnoreCase(octets[..8], "content-"u8))
                continue;
            var rest = octets[8..];
            if (Ascii.EqualsIgnoreCase(rest, "type"u8))
                type ??= HeaderText.Unfold(block[body]);
            else if (Ascii.EqualsIgnoreCase(rest, "disposition"u8))
                disposition ??= HeaderText.Unfold(block[body]);
            else if (Ascii.EqualsIgnoreCase(rest, "transfer-encoding"u8))
                encoding ??= HeaderText.Unfold(block[body]);
            else if (Ascii.EqualsIgnoreCase(rest, "id"u8))
                part.ContentId ??= SummaryFields.Identifier(HeaderText.Unfold(block[body]));
        }

        Boundary = null;
        var typeField = type is null ? null : ContentField.Parse(type);
        var dispositionField = disposition is null ? null : ContentField.Parse(disposition);
        if (typeField is not null)
            TakeType(part, typeField);
        part.Disposition = dispositionField?.Value is { Length: > 0 } value ? value : null;
        part.FileName = FileName(dispositionField?["filename"] ?? typeField?["name"]);
        if (typeField is { HasTooMany: true } || dispositionField is { HasTooMany: true })
            warnings.Add("parameters", $"Only the first parameters of a field in part {part.Path} were read.");
        TakeEncoding(part, encoding);
    }

    private void TakeType(MimePart part, ContentField field)
    {
        part.Parameters = field.Parameters;
        part.Charset = field["charset"];
        var slash = field.Value.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && slash < field.Value.Length - 1)
            part.ContentType = field.Value;
        else if (field.Value is not ("" or "text"))
            part.ContentType = "application/octet-stream";
        if (!part.IsMultipart)
        {
            part.IsFlowed = part.ContentType is "text/plain" && "flowed".Equals(field["format"], StringComparison.OrdinalIgnoreCase);
            part.DelSp = part.IsFlowed && "yes".Equals(field["delsp"], StringComparison.OrdinalIgnoreCase);
            return;
        }

        // RFC 2046 5.1.1: it does not end with a blank.
        var boundary = field["boundary"]?.TrimEnd();
        Boundary = boundary is { Length: > 0 } && Encoding.UTF8.GetBytes(boundary) is { Length: <= BoundaryStack.MaximumLength } octets ? octets : null;
    }

    private void TakeEncoding(MimePart part, string? name)
    {
        if (name is null)
            return;
        // "base64;" and "quoted-printable (comment)" are seen.
        var end = name.AsSpan().IndexOfAny(" \t;(");
        var encoding = TransferDecoder.EncodingOf((end < 0 ? name : name[..end]).Trim('"', '\''), out var isKnown);
        part.Body = new(0, 0, encoding);
        if (!isKnown)
            warnings.Add("transfer-encoding", $"The transfer encoding of part {part.Path} is not known; it was taken as it stands.");
    }

    private string? FileName(string? given)
    {
        if (given is null)
            return null;
        var name = EncodedWords.Decode(given);
        var safe = SafeFileName.Of(name);
        if (!name.Equals(safe, StringComparison.Ordinal))
            warnings.Add("file-name", "A file name was changed to one that is safe.");
        return safe;
    }
}
