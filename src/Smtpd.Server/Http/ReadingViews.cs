using System.Text.Json.Serialization;
using Smtpd.Server.Mime;
using Smtpd.Server.Reading;

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

internal sealed record LinkListView(IReadOnlyList<LinkView> Links);

/// <param name="Text">What one clicks on; empty when there is nothing.</param>
internal sealed record LinkView(
    string Url, string Text, [property: JsonConverter(typeof(CamelCase<MessageLinkKind>))] MessageLinkKind Kind, [property: JsonConverter(typeof(CamelCase<MessageLinkPlace>))] MessageLinkPlace Place)
{
    public static LinkView Of(MessageLink link) => new(link.Url, link.Text, link.Kind, link.Place);
}

internal sealed record CodeListView(IReadOnlyList<CodeView> Codes);

/// <param name="Value">The code as it is written, or the address of a link.</param>
/// <param name="Score">0 to 100: how sure it is.</param>
internal sealed record CodeView(string Value, [property: JsonConverter(typeof(CamelCase<OneTimeCodeKind>))] OneTimeCodeKind Kind, string Context, int Score)
{
    public static CodeView Of(OneTimeCode code) => new(code.Value, code.Kind, code.Context, code.Score);
}
