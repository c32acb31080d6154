using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smtpd.Server.Http;

/// <summary>A length of time in JSON: written as seconds, read as seconds or as text such as <c>"90s"</c>, <c>"10m"</c>, <c>"12h"</c>, <c>"7d"</c>.</summary>
internal sealed class Seconds : JsonConverter<TimeSpan>
{
    public const string Pattern = "^[0-9]{1,9}[smhd]$";

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var seconds) && seconds >= 0)
            return TimeSpan.FromSeconds(seconds);
        return reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value) ? value : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue((long)Math.Ceiling(value.TotalSeconds));

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        if (text.Length is < 2 or > 10 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        if (unit is null || number > TimeSpan.MaxValue / unit.Value)
            return false;
        value = number * unit.Value;
        return true;
    }
}
