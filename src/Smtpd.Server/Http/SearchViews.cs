using System.Text.Json.Serialization;
using Smtpd.Server.Search;

namespace Smtpd.Server.Http;

/// <param name="Next">To be given as <c>after</c> for the next page; <c>null</c> on the last one.</param>
internal sealed record SearchResultView(IReadOnlyList<MessageView> Messages, string? Next);

/// <param name="Text">A piece of the field, plain text and never HTML.</param>
/// <param name="Ranges">What was found in it, in UTF-16 units.</param>
internal sealed record HighlightView([property: JsonConverter(typeof(CamelCase<SearchField>))] SearchField Field, string Text, IReadOnlyList<SearchRange> Ranges);
