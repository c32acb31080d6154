using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Smtpd.Server.Http;
using Smtpd.Server.Http.OpenApi;

namespace Smtpd.Server.Tests.Http;

/// <summary>The document says what the program does; what real requests are answered is held against it in the tests of the running program.</summary>
public sealed class OpenApiTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public async Task Every_route_is_in_the_document_and_nothing_else()
    {
        var contract = await ApiContract.GetAsync();
        var routes = contract.Routes.Where(each => each.RoutePattern.RawText is not NginxAuth.Path)
            .SelectMany(each => each.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {OpenApiDocument.PathOf(each.RoutePattern)}"));
        var documented = ((JsonObject)contract.Document["paths"]!).SelectMany(path => ((JsonObject)path.Value!).Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(routes.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        Assert.True(contract.Routes.Count > 40);
    }

    /// <summary>The page takes its types from this file. <c>APPROVE=1</c> writes it anew.</summary>
    [Fact]
    public async Task The_page_knows_the_document_as_it_is()
    {
        var path = RepositoryFile.Path("src/Smtpd.Server/Web/openapi.json");
        var contract = await ApiContract.GetAsync();
        var expected = contract.Document.ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
            await File.WriteAllTextAsync(path, expected, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) == expected, "src/Smtpd.Server/Web/openapi.json is stale: run the tests with APPROVE=1.");
    }

    [Fact]
    public async Task Every_example_fits_its_schema()
    {
        var contract = await ApiContract.GetAsync();
        var examples = 0;
        Visit(contract.Document, node =>
        {
            if (node["example"] is not JsonNode example || node["schema"] is not JsonNode schema)
                return;
            examples++;
            var problems = contract.Check(example, schema);
            Assert.True(problems.Count == 0, string.Join('\n', problems) + "\n" + example.ToJsonString());
        });
        Assert.True(examples > 40, $"{examples} examples");
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_and_its_parameters()
    {
        var contract = await ApiContract.GetAsync();
        HashSet<string> names = [];
        foreach ((var path, var methods) in (JsonObject)contract.Document["paths"]!)
        {
            foreach ((var method, var operation) in (JsonObject)methods!)
            {
                Assert.True(names.Add((string)operation!["operationId"]!), $"{method} {path}");
                var declared = (operation["parameters"] as JsonArray ?? []).Where(each => (string)each!["in"]! == "path").Select(each => (string)each!["name"]!);
                Assert.Equal(path.Split('/').Where(each => each.StartsWith('{')).Select(each => each.Trim('{', '}')).Order(), declared.Order());
                Assert.EndsWith(".", (string)operation["summary"]!, StringComparison.Ordinal);
                Assert.True(((JsonObject)operation["responses"]!).Count > 1, $"{method} {path} has no answer but the problem");
            }
        }
    }

    [Fact]
    public async Task References_lead_somewhere_and_every_schema_is_used_or_told()
    {
        var contract = await ApiContract.GetAsync();
        HashSet<string> used = [];
        Visit(contract.Document, node =>
        {
            if (node["$ref"] is JsonValue reference && (string)reference! is string target)
                used.Add(target);
        });
        var schemas = (JsonObject)contract.Document["components"]!["schemas"]!;
        Assert.All(used.Where(each => each.StartsWith("#/components/schemas/", StringComparison.Ordinal)), each => Assert.True(schemas.ContainsKey(each.Split('/')[^1]), each));
        string[] told = ["RemovedEvent", "MailboxEvent", "ResetEvent"];
        Assert.Equal(told.Order(), schemas.Select(each => each.Key).Where(each => !used.Contains("#/components/schemas/" + each)).Order());
        Assert.Equal("3.1.1", (string)contract.Document["openapi"]!);
    }

    [Fact]
    public async Task Every_member_says_what_it_is()
    {
        foreach ((var name, var schema) in (JsonObject)(await ApiContract.GetAsync()).Document["components"]!["schemas"]!)
        {
            foreach ((var member, var kind) in (JsonObject)schema!["properties"]!)
                Assert.True(kind is JsonObject known && (known["type"] ?? known["$ref"] ?? known["anyOf"] ?? known["enum"]) is not null, $"{name}.{member}: {kind?.ToJsonString()}");
        }
    }

    [Fact]
    public void The_check_of_schemas_finds_what_is_wrong()
    {
        SchemaCheck check = new((JsonObject)JsonNode.Parse("""{"a":{"type":"integer","minimum":2}}""")!);
        var schema = JsonNode.Parse("""
            {"type":"object","properties":{"n":{"$ref":"#/a"},"s":{"type":["string","null"],"pattern":"^x"},"e":{"enum":["u","v"]},"l":{"type":"array","items":{"type":"boolean"}}},
            "required":["n"],"additionalProperties":false}
            """)!;
        Assert.Empty(check.Check(JsonNode.Parse("""{"n":2,"s":null,"e":"u","l":[true]}"""), schema));
        foreach (var wrong in new[] { "1", "{}", """{"n":1}""", """{"n":2.5}""", """{"n":null}""", """{"n":2,"s":"y"}""", """{"n":2,"s":1}""", """{"n":2,"e":"w"}""", """{"n":2,"l":[1]}""", """{"n":2,"m":1}""" })
            Assert.NotEmpty(check.Check(JsonNode.Parse(wrong), schema));
        Assert.NotEmpty(check.Check(JsonNode.Parse("1"), JsonNode.Parse("""{"oneOf":[]}""")!));
    }

    private static void Visit(JsonNode? node, Action<JsonObject> visit)
    {
        if (node is JsonObject one)
            visit(one);
        foreach (var each in node switch { JsonObject members => members.Select(member => member.Value), JsonArray items => items, _ => [] })
            Visit(each, visit);
    }
}
