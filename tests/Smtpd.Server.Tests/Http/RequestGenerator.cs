using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Server.Tests.Http;

/// <summary>Makes requests of what an OpenAPI document says: mostly with values that fit, sometimes with values that nearly do, sometimes with anything.</summary>
internal sealed class RequestGenerator(JsonObject document, Random random)
{
    private static readonly string[] Hostile =
    [
        "", " ", "0", "-1", "1", "2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999", "1e999", "NaN", "true", "null", "x", "'; DROP TABLE messages; --", "../../etc/passwd", "\0", "\r\nX-Evil: 1",
        "\u202e", "\u2028", "\ud83d\ude00", "é", "<script>", "%00", "%", "a@b.test", "*@*", "@", "*", "(((((((((((((((", "\"", "from:", "0001-01-01", "9999-12-31T23:59:59Z", "999999999d", "W/\"1\"", "\"1\"", "{}", "[]",
        new string('x', 300), new string('9', 1000),
    ];

    private static readonly string[] RawBodies = ["", "{", "null", "[]", "\"x\"", "1e999", "{\"a\":", "{\"name\":\"\\ud800\"}", "\uFEFF{}", "\0\0", "From \r\n\r\n", "Subject: x\r\n\r\ny\r\n", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["];

    private readonly (string Method, string Path, JsonObject Operation)[] operations =
        [.. ((JsonObject)document["paths"]!).SelectMany(path => ((JsonObject)path.Value!).Select(method => (method.Key.ToUpperInvariant(), path.Key, (JsonObject)method.Value!)))];

    /// <summary>One request, whose answer is due at once.</summary>
    public HttpRequestMessage Next()
    {
        var (method, path, operation) = operations[random.Next(operations.Length)];
        StringBuilder query = new();
        List<(string Name, string Value)> headers = [];
        foreach (var parameter in operation["parameters"] as JsonArray ?? [])
        {
            var (name, place) = ((string)parameter!["name"]!, (string)parameter["in"]!);
            if (place == "path")
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(Text(parameter["schema"]!)), StringComparison.Ordinal);
            else if (place == "header" && random.Chance(0.3))
                headers.Add((name, Text(parameter["schema"]!)));
            else if (place == "query" && (random.Chance(0.5) || name is "timeout"))
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(name is "timeout" ? random.Pick("0", "-1", "x") : Text(parameter["schema"]!)));
        }

        HttpRequestMessage request = new(new HttpMethod(method), path + query);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (operation["requestBody"]?["content"] is JsonObject contents && random.Chance(0.95))
            request.Content = Body(contents);
        return request;
    }

    private ByteArrayContent Body(JsonObject contents)
    {
        var (type, content) = contents.ElementAt(random.Next(contents.Count));
        var isJson = type.EndsWith("json", StringComparison.Ordinal);
        var text = random.Chance(0.1) || !isJson ? random.Pick<string>(RawBodies) : Value(content!["schema"]!, 0)?.ToJsonString() ?? "null";
        var octets = Encoding.UTF8.GetBytes(text);
        ByteArrayContent body = new(random.Chance(0.05) ? random.Mutate(octets) : octets);
        body.Headers.TryAddWithoutValidation("Content-Type", random.Chance(0.05) ? random.Pick("text/plain", "application/xml", "x", "application/json; charset=utf-16", "application/json; charset=iso-8859-1") : type);
        return body;
    }

    // In a path or a query.
    private string Text(JsonNode schema)
    {
        if (random.Chance(0.2))
            return random.Pick<string>(Hostile);
        return Value(schema, 0) is JsonValue value ? value.ToString() : random.Pick("1", "x");
    }

    private JsonNode? Value(JsonNode schema, int depth)
    {
        if (random.Chance(0.08))
            return Anything();
        if (schema is not JsonObject known)
            return Anything();
        if (known["$ref"] is JsonNode reference)
            return Value(((string)reference!)[2..].Split('/').Aggregate((JsonNode)document, (node, name) => node[name]!), depth);
        if (known["anyOf"] is JsonArray several)
            return Value(several[random.Next(several.Count)]!, depth);
        if (known["enum"] is JsonArray named)
            return named[random.Next(named.Count)]!.DeepClone();
        var type = known["type"] is JsonArray types ? (string)types[random.Next(types.Count)]! : (string?)known["type"];
        return type switch
        {
            "object" => Object(known, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Value(known["items"]!, depth + 1))]),
            "integer" or "number" => Number(known),
            "boolean" => random.Next(2) == 0,
            "string" => String(known),
            _ => null,
        };
    }

    private JsonObject Object(JsonObject schema, int depth)
    {
        JsonObject value = [];
        var required = (schema["required"] as JsonArray ?? []).Select(each => (string)each!).ToHashSet();
        foreach (var (name, member) in schema["properties"] as JsonObject ?? [])
        {
            // Nobody waits here for what does not come.
            if (name is "wait")
                value[name] = random.Pick<JsonNode?>(0, "0s", -1, "x");
            else if (depth < 5 && (required.Contains(name) ? random.Chance(0.95) : random.Chance(0.4)))
                value[name] = Value(member!, depth + 1);
        }

        if (random.Chance(0.03))
            value["unknown"] = Anything();
        return value;
    }

    private JsonValue Number(JsonObject schema)
    {
        var least = schema["minimum"] is JsonNode minimum ? (long)decimal.Parse(minimum.ToJsonString(), CultureInfo.InvariantCulture) : 0;
        var most = schema["maximum"] is JsonNode maximum ? (long)decimal.Parse(maximum.ToJsonString(), CultureInfo.InvariantCulture) : 3;
        return JsonValue.Create(random.Pick(least, most, least + 1, 1L, 2L, least - 1, most + 1, random.Next()));
    }

    private JsonValue String(JsonObject schema) => JsonValue.Create(((string?)schema["format"], schema["pattern"] is not null) switch
    {
        ("date-time", _) => random.Pick("2026-11-28T10:00:00Z", "2100-01-01T00:00:00+01:00", "2026-11-28"),
        (_, true) => random.Pick("90s", "10m", "1h", "7d"),
        _ => random.Pick("a", "word", "b@y.test", "@y.test", "name " + random.Next(1000).ToString(CultureInfo.InvariantCulture), "correct horse", random.Pick<string>(Hostile)),
    });

    private JsonNode? Anything() => random.Next(8) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => JsonValue.Create(random.Pick(-1L, 0, long.MaxValue, long.MinValue)),
        3 => JsonValue.Create(random.Pick(1.5, -0.0, 1e300)),
        4 => new JsonArray(1, "x", null),
        5 => new JsonObject { ["x"] = 1 },
        _ => JsonValue.Create(random.Pick<string>(Hostile)),
    };
}
