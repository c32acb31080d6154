using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

internal sealed record HeaderListView(IReadOnlyList<MimeHeader> Headers);

/// <summary>All parts in the order of the message. Flat: nested as deep as a sender likes, JSON readers would refuse it.</summary>
internal sealed record PartListView(IReadOnlyList<PartView> Parts);

/// <param name="Path">Positions from the root, which is <c>1</c>: its second child is <c>1.2</c>.</param>
/// <param name="Size">Octets after decoding.</param>
/// <param name="Sha256">Of the decoded octets; <c>null</c> for multiparts.</param>
internal sealed record PartView(
    string Path, string ContentType, IReadOnlyList<ParameterView> Parameters, string? Charset, string? Disposition, string? FileName, string? ContentId,
    long Size, string? Sha256, bool Attachment, bool Inline, int Children)
{
    public static PartView Of(MimePart part) => new(
        part.Path, part.ContentType, [.. part.Parameters.Select(each => new ParameterView(each.Key, each.Value))], part.Charset, part.Disposition, part.FileName, part.ContentId,
        part.Size, part.Sha256.IsEmpty ? null : Convert.ToHexStringLower(part.Sha256.Span), part.IsAttachment, part.IsInline, part.Children.Count);
}

internal sealed record ParameterView(string Name, string Value);
