using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Smtpd.Server.Http.OpenApi;

/// <summary>The OpenAPI 3.1 document, printed from the routes that are there.</summary>
internal sealed class OpenApiDocument(EndpointDataSource routes)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, MaxDepth = 64, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<byte[]> octets = new(() => Encoding.UTF8.GetBytes(Build(routes).ToJsonString(Indented)));

    public ReadOnlyMemory<byte> Octets => octets.Value;

    public static JsonObject Build(EndpointDataSource routes)
    {
        ApiSchemas schemas = new();
        JsonObject paths = [];
        SortedSet<string> tags = new(StringComparer.Ordinal);
        foreach (var route in routes.Endpoints.OfType<RouteEndpoint>().OrderBy(each => PathOf(each.RoutePattern), StringComparer.Ordinal))
        {
            if (route.OperationOf() is not Operation operation)
                continue;
            tags.Add(operation.Tag);
            var path = PathOf(route.RoutePattern);
            var methods = paths[path] as JsonObject;
            if (methods is null)
                paths[path] = methods = [];
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                methods[method.ToLowerInvariant()] = Write(operation, method, route, schemas);
        }

        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "smtpd",
                ["version"] = ServeCommand.Version,
                ["description"] = "Mail of numbered mailboxes. Lists are paged by key: give the `next` of a page as `after`. Members that are not listed here are refused in requests.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject(), new JsonObject { ["token"] = new JsonArray() }, new JsonObject { ["password"] = new JsonArray() }),
            ["tags"] = new JsonArray([.. tags.Select(each => new JsonObject { ["name"] = each })]),
            ["paths"] = paths,
            ["components"] = Components(schemas),
        };
    }

    /// <summary>A route as OpenAPI writes it: without the constraints.</summary>
    public static string PathOf(RoutePattern pattern) =>
        "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternParameterPart parameter => "{" + parameter.Name + "}",
            RoutePatternLiteralPart literal => literal.Content,
            _ => "",
        }))));

    private static JsonObject Components(ApiSchemas schemas)
    {
        var problem = schemas.Of(ApiJson.Default.ProblemView);
        // What is told by events, which no route answers as a whole.
        foreach (var each in new System.Text.Json.Serialization.Metadata.JsonTypeInfo[] { ApiJson.Default.RemovedEventView, ApiJson.Default.MailboxEventView, ApiJson.Default.ResetEventView })
            schemas.Of(each);
        return new()
        {
            ["schemas"] = schemas.Components,
            ["responses"] = new JsonObject
            {
                ["Problem"] = new JsonObject
                {
                    ["description"] = "What went wrong and what to do (RFC 9457).",
                    ["content"] = new JsonObject { [Http.Problem.ContentType] = new JsonObject { ["schema"] = problem, ["example"] = JsonNode.Parse(Examples.Problem) } },
                },
            },
            ["securitySchemes"] = new JsonObject
            {
                ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "The administrator's: the setting Http:AdminToken." },
                ["password"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic", ["description"] = "User and password of a mailbox, for that mailbox alone; or `admin` and the token." },
            },
        };
    }

    private static JsonObject Write(Operation operation, string method, RouteEndpoint route, ApiSchemas schemas)
    {
        var isHead = HttpMethods.IsHead(method);
        JsonArray parameters = [.. route.RoutePattern.Parameters.Select(PathParameter), .. operation.Parameters.Select(each => each.DeepClone())];
        JsonObject written = new()
        {
            ["operationId"] = isHead ? operation.Id + "Head" : operation.Id,
            ["tags"] = new JsonArray(operation.Tag),
            ["summary"] = operation.Summary,
        };
        if (operation.Description is not null)
            written["description"] = operation.Description;
        if (parameters.Count > 0)
            written["parameters"] = parameters;
        if (operation.Body is not null)
            written["requestBody"] = new JsonObject { ["required"] = operation.NeedsBody, ["content"] = Content(operation.Body, schemas) };
        JsonObject responses = [];
        foreach (var answer in operation.Answers)
        {
            JsonObject response = new() { ["description"] = answer.Description };
            if (answer.ContentTypes.Count > 0 && !isHead)
                response["content"] = Content(answer, schemas);
            responses[answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = response;
        }

        responses["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" };
        written["responses"] = responses;
        if (route.Metadata.GetMetadata<RouteAccessMetadata>()?.Access == RouteAccess.Everybody)
            written["security"] = new JsonArray();
        return written;
    }

    private static JsonObject Content(OperationContent content, ApiSchemas schemas)
    {
        JsonObject written = [];
        foreach (var type in content.ContentTypes)
        {
            written[type] = content.Type is null
                ? new JsonObject()
                : new JsonObject { ["schema"] = schemas.Of(content.Type), ["example"] = JsonNode.Parse(content.Example!) };
        }

        return written;
    }

    private static JsonObject PathParameter(RoutePatternParameterPart parameter)
    {
        var constraint = parameter.ParameterPolicies is [{ Content: string content }, ..] ? content : "";
        JsonObject schema = constraint is "int" or "long" ? new() { ["type"] = "integer", ["format"] = constraint is "int" ? "int32" : "int64" } : new() { ["type"] = "string" };
        return new() { ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["schema"] = schema };
    }
}
