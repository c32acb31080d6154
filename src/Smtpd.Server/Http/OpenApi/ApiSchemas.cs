using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Smtpd.Server.Http.OpenApi;

/// <summary>Schemas of the records that REST reads and writes, made from the serializer's own idea of them: they cannot say something else than what is done.</summary>
internal sealed class ApiSchemas
{
    private readonly JsonSchemaExporterOptions options;

    public ApiSchemas() => options = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    /// <summary>By name; grows with what is asked for.</summary>
    public JsonObject Components { get; } = [];

    /// <summary>A reference to the schema of a type.</summary>
    public JsonNode Of(JsonTypeInfo type) => JsonSchemaExporter.GetJsonSchemaAsNode(type, options);

    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isNullable = context.TypeInfo.Type != type || context.PropertyInfo is { IsGetNullable: true };
        if (type == typeof(TimeSpan))
            schema = Duration(isNullable);
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && type.Namespace?.StartsWith("Smtpd", StringComparison.Ordinal) == true)
            schema = Reference(context.TypeInfo, (JsonObject)schema);
        if (context.PropertyInfo?.AttributeProvider is ICustomAttributeProvider property && Describe(property) is string words && schema is JsonObject described)
            described["description"] = words;
        return schema;
    }

    private JsonObject Reference(JsonTypeInfo type, JsonObject schema)
    {
        var name = NameOf(type.Type);
        var isNullable = schema["type"] is JsonArray kinds && kinds.Any(each => string.Equals((string?)each, "null", StringComparison.Ordinal));
        if (!Components.ContainsKey(name))
        {
            var own = (JsonObject)schema.DeepClone();
            own["type"] = "object";
            own.Remove("default");
            // The exporter loses a property that has both a converter of its own and a default.
            foreach (var each in type.Properties.Where(each => each.PropertyType == typeof(TimeSpan?)))
                own["properties"]![each.Name] = Duration(isNullable: true);
            Components[name] = own;
        }

        JsonObject reference = new() { ["$ref"] = "#/components/schemas/" + name };
        return isNullable ? new() { ["anyOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) } : reference;
    }

    private static JsonObject Duration(bool isNullable)
    {
        JsonArray kinds = ["integer", "string"];
        if (isNullable)
            kinds.Add("null");
        return new()
        {
            ["type"] = kinds,
            ["minimum"] = 0,
            ["pattern"] = Seconds.Pattern,
            ["description"] = "Seconds; in requests also text such as `90s`, `10m`, `12h`, `7d`.",
        };
    }

    // The names of records in an API are its users' words.
    private static string NameOf(Type type) => type.Name switch
    {
        "HeaderAddress" => "Address",
        "MimeHeader" => "Header",
        "SearchRange" => "Range",
        "AddressView" => "AddressRule",
        var name when name.EndsWith("View", StringComparison.Ordinal) => name[..^4],
        var name when name.EndsWith("Body", StringComparison.Ordinal) => name[..^4] + "Request",
        var name => name,
    };

    private static string? Describe(ICustomAttributeProvider provider) =>
        provider.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute found, ..] ? found.Description : null;
}
