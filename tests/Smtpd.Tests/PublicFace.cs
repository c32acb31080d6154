using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Smtpd.Tests;

/// <summary>The public face of an assembly as text. Shared with the tests of the other packages.</summary>
internal sealed class PublicFace
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly NullabilityInfoContext nullability = new();

    /// <summary>Compares the face of an assembly with the approved one.</summary>
    public static void AssertApproved(string file, Assembly assembly) => Repository.AssertApproved(file, new PublicFace().Print(assembly));

    private string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type.IsValueType ? "struct" : "class";
        var modifier = type switch
        {
            { IsClass: true, IsAbstract: true, IsSealed: true } => "static ",
            { IsClass: true, IsAbstract: true } => "abstract ",
            { IsClass: true, IsSealed: true } => "sealed ",
            { IsValueType: true, IsEnum: false } when type.IsDefined(typeof(IsReadOnlyAttribute)) => "readonly ",
            _ => string.Empty,
        };
        var bases = new List<string>();
        if (type.BaseType is { } @base && @base != typeof(object) && @base != typeof(ValueType) && !type.IsEnum)
            bases.Add(Name(@base));
        if (!type.IsEnum)
            bases.AddRange(type.GetInterfaces().Where(one => one.IsPublic).Select(Name).Order(StringComparer.Ordinal));
        return $"{modifier}{kind} {Name(type)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : string.Empty)}";
    }

    private IEnumerable<string> Members(Type type)
    {
        foreach (var field in type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName))
            yield return field.IsLiteral
                ? $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"
                : $"{(field.IsStatic ? "static " : string.Empty)}{Name(field.FieldType, nullability.Create(field))} {field.Name}";
        if (type.IsEnum)
            yield break;
        foreach (var constructor in type.GetConstructors(Declared).Where(IsVisible))
            yield return $"new({Parameters(constructor)})";
        foreach (var property in type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)))
            yield return Print(property);
        foreach (var @event in type.GetEvents(Declared).Where(@event => IsVisible(@event.AddMethod!)))
            yield return $"event {Name(@event.EventHandlerType!)} {@event.Name}";
        foreach (var method in type.GetMethods(Declared).Where(IsVisible).Where(method => !IsAccessor(method) && !IsMadeByTheCompiler(method)))
            yield return $"{Modifiers(method)}{Name(method.ReturnType, nullability.Create(method.ReturnParameter))} {method.Name}{TypeParameters(method)}({Parameters(method)})";
    }

    private string Print(PropertyInfo property)
    {
        var accessors = new List<string>();
        if (property.GetMethod is { } get && IsVisible(get))
            accessors.Add("get;");
        if (property.SetMethod is { } set && IsVisible(set))
            accessors.Add(set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;");
        var any = property.GetMethod ?? property.SetMethod!;
        return $"{Modifiers(any)}{Name(property.PropertyType, nullability.Create(property))} {property.Name} {{ {string.Join(' ', accessors)} }}";
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    // What every record has says nothing.
    private static bool IsMadeByTheCompiler(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name == "<Clone>$";

    private static string Modifiers(MethodInfo method) =>
        (method.IsFamily ? "protected " : string.Empty) + method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => string.Empty,
            { IsAbstract: true } => "abstract ",
            { IsVirtual: true, IsFinal: false } when method.GetBaseDefinition() != method => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => string.Empty,
        };

    private static string TypeParameters(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : string.Empty;

    private string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Print));

    private string Print(ParameterInfo parameter)
    {
        var prefix = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref "
            : parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : string.Empty;
        var value = parameter.HasDefaultValue ? " = " + (parameter.DefaultValue is { } given ? Convert.ToString(given, CultureInfo.InvariantCulture) : "default") : string.Empty;
        return $"{prefix}{Name(parameter.ParameterType, nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Name(Type type) => Name(type, null);

    private static string Name(Type type, NullabilityInfo? info)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!, info);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        var mark = info is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : string.Empty;
        if (type.IsArray)
            return $"{Name(type.GetElementType()!, info?.ElementType)}[]{mark}";
        if (!type.IsGenericType)
            return Simple(type) + mark;
        var arguments = type.GetGenericArguments().Select((argument, i) => Name(argument, info?.GenericTypeArguments.ElementAtOrDefault(i)));
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", arguments)}>{mark}";
    }

    private static string Simple(Type type) => type switch
    {
        _ when type == typeof(void) => "void",
        _ when type == typeof(object) => "object",
        _ when type == typeof(string) => "string",
        _ when type == typeof(bool) => "bool",
        _ when type == typeof(byte) => "byte",
        _ when type == typeof(char) => "char",
        _ when type == typeof(int) => "int",
        _ when type == typeof(long) => "long",
        _ => type.Name,
    };
}
