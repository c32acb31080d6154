using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smtpd.Server.Http;

/// <summary>What REST reads and writes: these names are a contract. A member that we do not know is an error, so that a slip of the pen does not pass for a wish.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, MaxDepth = 16, Converters = [typeof(Seconds)])]
[JsonSerializable(typeof(JsonDocument))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(ServerView))]
[JsonSerializable(typeof(CallerView))]
[JsonSerializable(typeof(SignInBody))]
[JsonSerializable(typeof(ProjectListView))]
[JsonSerializable(typeof(ProjectBody))]
[JsonSerializable(typeof(MailboxListView))]
[JsonSerializable(typeof(NewMailboxBody))]
[JsonSerializable(typeof(MailboxSettingsBody))]
[JsonSerializable(typeof(MailboxPatchBody))]
[JsonSerializable(typeof(UserListView))]
[JsonSerializable(typeof(UserBody))]
[JsonSerializable(typeof(PasswordBody))]
[JsonSerializable(typeof(CredentialView))]
[JsonSerializable(typeof(AddressListView))]
[JsonSerializable(typeof(AddressBody))]
[JsonSerializable(typeof(MessageListView))]
[JsonSerializable(typeof(MessageChangeBody))]
[JsonSerializable(typeof(BulkChangeBody))]
[JsonSerializable(typeof(BulkDeletionBody))]
[JsonSerializable(typeof(ChangedView))]
[JsonSerializable(typeof(DeletedView))]
[JsonSerializable(typeof(TagListView))]
[JsonSerializable(typeof(SessionListView))]
[JsonSerializable(typeof(LeaseBody))]
[JsonSerializable(typeof(LeaseListView))]
[JsonSerializable(typeof(AcknowledgementBody))]
[JsonSerializable(typeof(ReleaseBody))]
[JsonSerializable(typeof(DeadListView))]
[JsonSerializable(typeof(SearchResultView))]
[JsonSerializable(typeof(ImportView))]
[JsonSerializable(typeof(LinkListView))]
[JsonSerializable(typeof(CodeListView))]
[JsonSerializable(typeof(HeaderListView))]
[JsonSerializable(typeof(PartListView))]
[JsonSerializable(typeof(RemovedEventView))]
[JsonSerializable(typeof(MailboxEventView))]
[JsonSerializable(typeof(ResetEventView))]
internal sealed partial class ApiJson : JsonSerializerContext;

internal sealed record StatusView(string Status);

/// <summary>RFC 9457.</summary>
internal sealed record ProblemView(string Title, int Status, string Detail, string Type = "about:blank");
