using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Http;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Storage;

namespace Smtpd.Server.Tests.Http;

/// <summary>The OpenAPI document of the program, and a check of what is really asked and answered against it.</summary>
internal sealed class ApiContract
{
    private static readonly Lazy<Task<ApiContract>> Made = new(MakeAsync);

    private readonly SchemaCheck schemas;
    private readonly List<(Regex Path, JsonObject Methods)> paths = [];

    private ApiContract(JsonObject document, IReadOnlyList<RouteEndpoint> routes)
    {
        (Document, Routes) = (document, routes);
        schemas = new(document);
        foreach ((var path, var methods) in (JsonObject)document["paths"]!)
        {
            var segments = path.Split('/').Select(each => each.StartsWith('{') ? "[^/]+" : Regex.Escape(each));
            paths.Add((new("^" + string.Join('/', segments) + "$", RegexOptions.NonBacktracking), (JsonObject)methods!));
        }
    }

    public JsonObject Document { get; }

    public IReadOnlyList<RouteEndpoint> Routes { get; }

    public static Task<ApiContract> GetAsync() => Made.Value;

    public IReadOnlyList<string> Check(JsonNode? value, JsonNode? schema) => schemas.Check(value, schema);

    /// <summary>What an exchange does otherwise than the document says.</summary>
    public IReadOnlyList<string> Check(HttpMethod method, string path, string? requestBody, int status, MediaTypeHeaderValue? type, string? body)
    {
        var operation = paths.Where(each => each.Path.IsMatch(path)).Select(each => each.Methods[method.Method.ToLowerInvariant()]).FirstOrDefault(each => each is not null);
        if (status is >= 400 or 304)
            return status == 304 ? [] : CheckProblem(type, body, status);
        if (operation is null)
            return path is "/nginx-auth" ? [] : [$"{method} {path}: not in the document"];
        List<string> problems = [];
        var answer = operation["responses"]![status is 206 ? "200" : $"{status}"];
        if (answer is null)
            problems.Add($"{method} {path}: {status} is not in the document");
        else if (method == HttpMethod.Head)
            return problems; // its answers have no content
        else if (type is not null && answer["content"]?[type.MediaType!] is not JsonNode content)
            problems.AddRange(answer["content"]?["application/octet-stream"] is null ? [$"{method} {path}: {type.MediaType} is not in the document"] : []);
        else if (type is not null && answer["content"]![type.MediaType!]!["schema"] is JsonNode schema && body is not null)
            problems.AddRange(schemas.Check(JsonNode.Parse(body), schema));
        if (!string.IsNullOrEmpty(requestBody) && operation["requestBody"]?["content"]?.AsObject().First().Value?["schema"] is JsonNode asked)
            problems.AddRange(schemas.Check(JsonNode.Parse(requestBody), asked));
        return problems;
    }

    private IReadOnlyList<string> CheckProblem(MediaTypeHeaderValue? type, string? body, int status)
    {
        if (type?.MediaType is "application/problem+json" && body is null)
            return []; // to HEAD
        if (type?.MediaType is not "application/problem+json" || body is null)
            return body is null or "" && type is null ? [] : [$"{status} without a problem: {type} {body}"];
        var problem = JsonNode.Parse(body);
        var problems = schemas.Check(problem, Document["components"]!["responses"]!["Problem"]!["content"]!["application/problem+json"]!["schema"]);
        return (int)problem!["status"]! == status ? problems : [.. problems, $"{status} says {body}"];
    }

    private static async Task<ApiContract> MakeAsync()
    {
        List<string> wrong = [];
        var settings = SettingsReader.Read([new("Http:Endpoint", "127.0.0.1:0", "test"), new("Proxy:Trusted", "127.0.0.1", "test")], wrong);
        Assert.Empty(wrong);
        await using NullMessageStore store = new(TimeProvider.System);
        using ServerState state = new();
        await using var server = await HttpServer.StartAsync(HttpServer.Prepare(settings.Http), settings, store, new(1, 1), new(10, TimeProvider.System), state, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        return new(OpenApiDocument.Build(server.Routes), [.. server.Routes.Endpoints.OfType<RouteEndpoint>()]);
    }
}

/// <summary>Fails a test that sees an exchange which the OpenAPI document does not know.</summary>
internal sealed class ContractHandler() : DelegatingHandler(new HttpClientHandler { UseCookies = false })
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.Content?.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? await request.Content.ReadAsStringAsync(cancellationToken) : null;
        var response = await base.SendAsync(request, cancellationToken);
        var type = response.Content.Headers.ContentType;
        var isJson = request.Method != HttpMethod.Head && type?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && response.StatusCode != System.Net.HttpStatusCode.PartialContent;
        if (isJson)
            await response.Content.LoadIntoBufferAsync(cancellationToken);
        var contract = await ApiContract.GetAsync();
        var problems = contract.Check(
            request.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode < 300 ? asked : null, (int)response.StatusCode, type,
            isJson ? await response.Content.ReadAsStringAsync(cancellationToken) : null);
        Assert.True(problems.Count == 0, $"{request.Method} {request.RequestUri.PathAndQuery}: {string.Join('\n', problems)}");
        return response;
    }
}
