using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Smtpd.Server.Http.OpenApi;

/// <summary>What the OpenAPI document says of a route. It stands beside the route; a test finds routes without one.</summary>
internal sealed class Operation(string tag, string id, string summary)
{
    private readonly List<JsonObject> parameters = [];
    private readonly List<OperationContent> answers = [];

    public string Tag => tag;
    public string Id => id;
    public string Summary => summary;
    public string? Description { get; private set; }
    public IReadOnlyList<JsonObject> Parameters => parameters;
    public OperationContent? Body { get; private set; }
    public bool NeedsBody { get; private set; }
    public IReadOnlyList<OperationContent> Answers => answers;

    public Operation Remark(string description)
    {
        Description = description;
        return this;
    }

    /// <summary>JSON in the body.</summary>
    /// <param name="type">Its schema and reader.</param>
    public Operation Takes(JsonTypeInfo type, string example, bool isOptional = false, string contentType = "application/json")
    {
        (Body, NeedsBody) = (new(0, "", [contentType], type, example), !isOptional);
        return this;
    }

    /// <summary>Anything else in the body.</summary>
    public Operation TakesContent(params string[] contentTypes)
    {
        (Body, NeedsBody) = (new(0, "", contentTypes, null, null), true);
        return this;
    }

    public Operation Answer(JsonTypeInfo type, string example, int status = StatusCodes.Status200OK, string description = "Done.")
    {
        answers.Add(new(status, description, ["application/json"], type, example));
        return this;
    }

    public Operation AnswerContent(string description, params string[] contentTypes)
    {
        answers.Add(new(StatusCodes.Status200OK, description, contentTypes, null, null));
        return this;
    }

    public Operation AnswerNothing(string description = "Done.", int status = StatusCodes.Status204NoContent)
    {
        answers.Add(new(status, description, [], null, null));
        return this;
    }

    public Operation Number(string name, string description, long minimum, long maximum, long? otherwise = null)
    {
        JsonObject schema = new() { ["type"] = "integer", ["minimum"] = minimum, ["maximum"] = maximum };
        if (otherwise is long value)
            schema["default"] = value;
        return Add(name, description, schema);
    }

    public Operation Text(string name, string description, string? example = null)
    {
        JsonObject schema = new() { ["type"] = "string" };
        if (example is not null)
            schema["examples"] = new JsonArray(example);
        return Add(name, description, schema);
    }

    /// <param name="choices">The first one is the default.</param>
    public Operation Choice(string name, string description, params string[] choices) =>
        Add(name, description, new() { ["type"] = "string", ["enum"] = new JsonArray([.. choices.Select(each => (JsonNode)each)]), ["default"] = choices[0] });

    public Operation Header(string name, string description) => Add(name, description, new() { ["type"] = "string" }, "header");

    /// <summary>Paging by key, as all lists do it.</summary>
    public Operation Page(int maximum, string after = "The `next` of the page before: the UID of its last message.") =>
        Number("limit", "Items at most.", 1, maximum, 50).Add("after", after, new() { ["type"] = "integer", ["minimum"] = 0 });

    private Operation Add(string name, string description, JsonObject schema, string place = "query")
    {
        parameters.Add(new() { ["name"] = name, ["in"] = place, ["description"] = description, ["schema"] = schema });
        return this;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{tag}: {id}");
}

/// <summary>A body or an answer.</summary>
/// <param name="Type">The schema; <c>null</c> for what is not JSON.</param>
internal sealed record OperationContent(int Status, string Description, IReadOnlyList<string> ContentTypes, JsonTypeInfo? Type, string? Example);

internal static class OperationExtensions
{
    /// <summary>Says what a route does, for the OpenAPI document. Only when that is asked for: the schemas of all routes are 0.1 s of the program's start.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string tag, string id, string summary, Action<Operation>? more = null) =>
        route.WithMetadata(new Lazy<Operation>(() =>
        {
            Operation operation = new(tag, id, summary);
            more?.Invoke(operation);
            return operation;
        }));

    /// <summary>What <see cref="Describe"/> said of a route.</summary>
    public static Operation? OperationOf(this Endpoint route) => route.Metadata.GetMetadata<Lazy<Operation>>()?.Value;
}
