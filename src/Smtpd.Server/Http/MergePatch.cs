using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smtpd.Server.Http;

/// <summary>JSON merge patch (RFC 7396 2): a member replaces what was there, an object is merged into it, and <c>null</c> removes it.</summary>
internal static class MergePatch
{
    /// <param name="target">Changed in place.</param>
    public static JsonNode? Apply(JsonNode? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
            return JsonNode.Parse(patch.GetRawText());
        var merged = target as JsonObject ?? [];
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                merged.Remove(member.Name);
                continue;
            }

            var there = merged[member.Name];
            var value = Apply(there, member.Value);
            if (!ReferenceEquals(there, value))
                merged[member.Name] = value;
        }

        return merged;
    }
}
