using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;

namespace Smtpd.Server.Http;

/// <summary>Reads the JSON that a request carries: at most 256 KiB, no member that we do not know, none twice. What is wrong is told with its place.</summary>
internal static class JsonBody
{
    public const int MaximumLength = 256 << 10;

    /// <param name="orElse">What a request without a body means; <c>null</c> where one is needed.</param>
    /// <returns>The value, or the problem to answer.</returns>
    public static async Task<(T? Value, IResult? Problem)> ReadAsync<T>(
        HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken, T? orElse = null)
        where T : class
    {
        (var octets, var problem) = await ReadOctetsAsync(request, isOptional: orElse is not null, cancellationToken);
        if (octets is null)
            return (null, problem);
        if (octets.Length == 0)
            return (orElse, null);
        return Parse(octets, type);
    }

    /// <summary>A merge patch: as it came, because <c>null</c> and nothing differ, but held against the type of what it may say.</summary>
    public static async Task<(JsonElement Value, IResult? Problem)> ReadPatchAsync<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        (var octets, var problem) = await ReadOctetsAsync(request, isOptional: false, cancellationToken);
        if (octets is null)
            return (default, problem);
        (var checkedOnly, problem) = Parse(octets, type);
        return checkedOnly is null ? (default, problem) : (Parse(octets, ApiJson.Default.JsonDocument).Value!.RootElement, null);
    }

    public static (T? Value, IResult? Problem) Parse<T>(ReadOnlySpan<byte> octets, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var value = JsonSerializer.Deserialize(octets, type);
            return value is null ? (null, Problem.BadRequest("The body must be a JSON object.")) : (value, null);
        }
        catch (JsonException e)
        {
            return (null, Problem.BadRequest(Explain(e)));
        }
    }

    // The serializer's own words name our types.
    private static string Explain(JsonException e)
    {
        var path = string.IsNullOrEmpty(e.Path) ? "$" : e.Path;
        if (e.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return $"There is no member `{path}`. /openapi/v1.json lists those that there are.";
        if (e.Message.Contains("missing required", StringComparison.Ordinal))
            return $"A member that is needed is missing in `{path}`. /openapi/v1.json says which are.";
        if (e.Message.Contains("uplicate", StringComparison.Ordinal))
            return $"A member is there twice, at `{path}`.";
        return e.InnerException is null or InvalidOperationException or FormatException
            ? $"The value at `{path}` has a wrong type or form. /openapi/v1.json says what it may be."
            : "The body is not JSON.";
    }

    private static async Task<(byte[]? Octets, IResult? Problem)> ReadOctetsAsync(HttpRequest request, bool isOptional, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaximumLength)
            return (null, Problem.TooLarge(MaximumLength));
        ArrayBufferWriter<byte> buffer = new();
        int read;
        while ((read = await request.Body.ReadAsync(buffer.GetMemory(4096), cancellationToken)) > 0)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > MaximumLength)
                return (null, Problem.TooLarge(MaximumLength));
        }

        if (buffer.WrittenCount == 0 && isOptional)
            return ([], null);
        if (buffer.WrittenCount == 0)
            return (null, Problem.BadRequest("The request needs a JSON body."));
        return IsJson(request.ContentType)
            ? (buffer.WrittenSpan.ToArray(), null)
            : (null, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON", "Send it in UTF-8 with the header `Content-Type: application/json`."));
    }

    // A page of another site can send a form or plain text without being asked first; JSON it cannot.
    private static bool IsJson(string? contentType) => MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
