using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Smtpd.Server.Tests.Http;

/// <summary>Holds JSON against a JSON schema (2020-12), as far as our document uses it. A keyword that it does not know is an error: what is not checked must not look checked.</summary>
internal sealed class SchemaCheck(JsonObject document)
{
    private static readonly HashSet<string> Annotations = ["description", "default", "examples", "format", "title"];

    /// <summary>What does not fit, with its place.</summary>
    public IReadOnlyList<string> Check(JsonNode? value, JsonNode? schema)
    {
        List<string> problems = [];
        Check(value, schema, "$", problems);
        return problems;
    }

    private void Check(JsonNode? value, JsonNode? schema, string place, List<string> problems)
    {
        if (schema is JsonValue anything && anything.GetValueKind() == JsonValueKind.True)
            return;
        foreach ((var keyword, var wanted) in (JsonObject)schema!)
        {
            switch (keyword)
            {
                case "$ref":
                    Check(value, Resolve((string)wanted!), place, problems);
                    break;
                case "anyOf":
                    if (!((JsonArray)wanted!).Any(each => Check(value, each).Count == 0))
                        problems.Add($"{place}: fits none of {wanted!.ToJsonString()}");
                    break;
                case "type" when !IsOfType(value, wanted!):
                    problems.Add($"{place}: {value?.ToJsonString() ?? "null"} is not {wanted!.ToJsonString()}");
                    break;
                case "enum" when !((JsonArray)wanted!).Any(each => JsonNode.DeepEquals(each, value)):
                    problems.Add($"{place}: {value?.ToJsonString() ?? "null"} is none of {wanted!.ToJsonString()}");
                    break;
                case "pattern" when value is JsonValue text && text.TryGetValue<string>(out var words) && !Regex.IsMatch(words, (string)wanted!, RegexOptions.None, TimeSpan.FromSeconds(1)):
                    problems.Add($"{place}: `{words}` does not look like {wanted}");
                    break;
                case "minimum" when value is JsonValue number && number.GetValueKind() == JsonValueKind.Number && Number(number) < Number(wanted!):
                case "maximum" when value is JsonValue large && large.GetValueKind() == JsonValueKind.Number && Number(large) > Number(wanted!):
                    problems.Add($"{place}: {value?.ToJsonString()} is beyond the {keyword}");
                    break;
                case "properties" or "additionalProperties" or "required" or "items":
                case "type" or "enum" or "pattern" or "minimum" or "maximum":
                    break;
                default:
                    if (!Annotations.Contains(keyword))
                        problems.Add($"{place}: the check does not know the keyword {keyword}");
                    break;
            }
        }

        if (value is JsonObject instance)
            CheckObject(instance, (JsonObject)schema!, place, problems);
        else if (value is JsonArray list && schema!["items"] is JsonNode items)
            for (var i = 0; i < list.Count; i++)
                Check(list[i], items, string.Create(CultureInfo.InvariantCulture, $"{place}[{i}]"), problems);
    }

    private void CheckObject(JsonObject value, JsonObject schema, string place, List<string> problems)
    {
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(each => (string)each!).Where(each => !value.ContainsKey(each)))
            problems.Add($"{place}: {name} is missing");
        var properties = schema["properties"] as JsonObject;
        foreach ((var name, var member) in value)
        {
            if (properties?[name] is JsonNode known)
                Check(member, known, $"{place}.{name}", problems);
            else if (schema["additionalProperties"]?.GetValueKind() == JsonValueKind.False)
                problems.Add($"{place}: {name} is not in the schema");
        }
    }

    private JsonNode Resolve(string reference) =>
        reference[2..].Split('/').Aggregate((JsonNode)document, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere."));

    private static bool IsOfType(JsonNode? value, JsonNode type) => type is JsonArray several ? several.Any(each => IsOfType(value, each!)) : (string)type! switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Number(value) % 1 == 0,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        _ => false,
    };

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
