using System.Text.Json.Serialization;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage;

/// <summary>The JSON inside of columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HeaderSummary))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<MessageAttachment>))]
[JsonSerializable(typeof(IEnumerable<long>))]
[JsonSerializable(typeof(MessageReading))]
internal sealed partial class StorageJson : JsonSerializerContext;
