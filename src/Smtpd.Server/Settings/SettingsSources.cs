using System.Collections;
using System.Text.Json;

namespace Smtpd.Server.Settings;

/// <summary>A value as somebody wrote it, and where: the message about a wrong one names the place.</summary>
internal sealed record GivenValue(string Key, string Value, string Source);

/// <summary>Collects what was given in the three ways, in the order in which later ones win.</summary>
internal static class SettingsSources
{
    public const string VariablePrefix = "SMTPD__";
    public const string DefaultFile = "smtpd.json";

    /// <summary>Reads <paramref name="file"/>, or <see cref="DefaultFile"/> of the working directory if there is one.</summary>
    public static IReadOnlyList<GivenValue> FromFile(string? file, ICollection<string> problems)
    {
        var path = file ?? DefaultFile;
        if (!File.Exists(path))
        {
            if (file is not null)
                problems.Add($"--config {file}: there is no such file");
            return [];
        }

        List<GivenValue> values = [];
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions
            {
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                Flatten(document.RootElement, "", path, values, problems);
            else
                problems.Add($"{path}: must be a JSON object, like {{ \"Smtp\": {{ \"Hostname\": \"mail.example\" }} }}");
        }
        catch (JsonException e)
        {
            problems.Add($"{path}: not readable as JSON (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read ({e.Message})");
        }

        return values;
    }

    public static IReadOnlyList<GivenValue> FromEnvironment(IDictionary variables)
    {
        List<GivenValue> values = [];
        foreach (DictionaryEntry each in variables)
        {
            if (each is { Key: string name, Value: string value } && name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase))
                values.Add(new(name[VariablePrefix.Length..].Replace("__", ":", StringComparison.Ordinal), value, "environment variable " + name));
        }

        // The environment has no order, but the messages should.
        values.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return values;
    }

    public static IReadOnlyList<GivenValue> FromArguments(IEnumerable<string> assignments, ICollection<string> problems)
    {
        List<GivenValue> values = [];
        foreach (var each in assignments)
        {
            var equals = each.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                values.Add(new(each[..equals].Trim(), each[(equals + 1)..].Trim(), "--set"));
            else
                problems.Add($"--set {each}: write Section:Key=value, like --set Smtp:Hostname=mail.example");
        }

        return values;
    }

    private static void Flatten(JsonElement parent, string prefix, string path, List<GivenValue> values, ICollection<string> problems)
    {
        foreach (var each in parent.EnumerateObject())
        {
            var key = prefix + each.Name;
            switch (each.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    Flatten(each.Value, key + ":", path, values, problems);
                    break;
                case JsonValueKind.Array when each.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String):
                    values.Add(new(key, string.Join(',', each.Value.EnumerateArray().Select(item => item.GetString())), path));
                    break;
                case JsonValueKind.Array:
                    problems.Add($"{path}: {key} must be an array of strings");
                    break;
                case JsonValueKind.String when prefix.Length == 0 && each.NameEquals("$schema"):
                    break;
                default:
                    values.Add(new(key, each.Value.ToString(), path)); // null gives "", a switch True or False
                    break;
            }
        }
    }
}
