using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smtpd.Server.Http;

/// <summary>An enumeration by its names in <c>camelCase</c>; numbers are refused.</summary>
internal sealed class CamelCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
