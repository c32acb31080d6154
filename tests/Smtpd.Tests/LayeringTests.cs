using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Smtpd.Tests;

/// <summary>The layers of the library, checked on what its compiled code really refers to: bases, fields, signatures and method bodies.</summary>
public sealed partial class LayeringTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Library = typeof(SmtpServer).Assembly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private static readonly Dictionary<string, string> Folders = FindFolders();

    // Folder -> folders it may use besides its own. The face ("") and what is not listed may use everything.
    private static readonly Dictionary<string, string[]> Layers = new(StringComparer.Ordinal)
    {
        ["Text"] = [],
        ["Replies"] = ["Text"],
        ["Addresses"] = ["Text"],
        ["Commands"] = ["Addresses", "Replies", "Text"],
        ["Protocol"] = ["Commands", "Addresses", "Replies", "Text"],
        // Mechanisms are of the face, and know it; of the layers they need no more than these.
        ["Authentication"] = ["", "Replies", "Text"],
    };

    // Plain settings of the face that the machine is made with. Nothing here knows a handler, a connection or a server.
    private static readonly string[] SettingsOfTheFace = [nameof(SmtpLimits), nameof(BareLineBreaks)];

    [Fact]
    public void Lower_layers_do_not_know_higher_ones()
    {
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in Library.GetTypes())
        {
            var from = Outermost(type);
            if (!Folders.TryGetValue(PlainName(from), out var folder) || !Layers.TryGetValue(folder, out var allowed))
                continue;
            foreach (var to in References(type).Where(to => to.Assembly == Library).Select(Outermost).Distinct())
            {
                if (!Folders.TryGetValue(PlainName(to), out var toFolder) || toFolder == folder || allowed.Contains(toFolder, StringComparer.Ordinal))
                    continue;
                if (folder == "Protocol" && SettingsOfTheFace.Contains(to.Name, StringComparer.Ordinal))
                    continue;
                broken.Add($"{folder}/{from.Name} refers to {(toFolder.Length > 0 ? toFolder + "/" : string.Empty)}{to.Name}");
            }
        }

        Assert.True(broken.Count == 0, "Transport -> Protocol -> Commands -> Addresses, Replies; never back:\n" + string.Join('\n', broken));
    }

    [Fact]
    public void Every_type_of_the_library_is_found_in_a_folder()
    {
        var lost = Library.GetTypes().Select(Outermost).Distinct()
            .Where(type => !Folders.ContainsKey(PlainName(type)) && !IsMadeByTheCompiler(type)).Select(type => type.FullName);

        Assert.Empty(lost);
        Assert.All(Layers.Keys, folder => Assert.Contains(folder, Folders.Values, StringComparer.Ordinal));
    }

    [Fact]
    public void The_library_does_not_know_the_program()
    {
        var foreign = Library.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name != "Microsoft.Extensions.Logging.Abstractions");

        Assert.Empty(foreign);
    }

    [Fact]
    public void References_are_read_from_method_bodies()
    {
        var references = References(typeof(Sample)).ToHashSet();

        Assert.Contains(typeof(SmtpTimeouts), references);
        Assert.Contains(typeof(SmtpLimits), references);
        Assert.Contains(typeof(MessageAbortReason), references);
    }

    private static Dictionary<string, string> FindFolders()
    {
        var root = Repository.PathOf("src/Smtpd");
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            var folder = (Path.GetDirectoryName(Path.GetRelativePath(root, file)) ?? string.Empty).Split(Path.DirectorySeparatorChar)[0];
            if (folder is "obj" or "bin")
                continue;
            // A partial type that begins in one folder may have parts in the same one only; the first wins.
            foreach (Match match in Declaration().Matches(File.ReadAllText(file)))
                folders.TryAdd(match.Groups["name"].Value, folder);
        }

        return folders;
    }

    // A type at the left margin: nested ones belong to their outermost.
    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|struct|interface|enum|record(?: struct)?|delegate [\w<>?]+) (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Declaration();

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    private static string PlainName(Type type) => type.Name.Split('`')[0];

    private static bool IsMadeByTheCompiler(Type type) =>
        type.Name.StartsWith('<') || type.IsDefined(typeof(CompilerGeneratedAttribute))
        || type.Namespace is { } name && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal));

    private static IEnumerable<Type> References(Type type) => RawReferences(type).SelectMany(Parts);

    private static IEnumerable<Type> RawReferences(Type type)
    {
        if (type.BaseType is { } @base)
            yield return @base;
        foreach (var reference in type.GetInterfaces())
            yield return reference;
        foreach (var field in type.GetFields(Everything))
            yield return field.FieldType;
        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method is MethodInfo { ReturnType: var returned })
                yield return returned;
            foreach (var parameter in method.GetParameters())
                yield return parameter.ParameterType;
            foreach (var reference in BodyReferences(method))
                yield return reference;
        }
    }

    private static IEnumerable<Type> BodyReferences(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        foreach (var clause in body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause))
            yield return clause.CatchType!;

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
            if (member is Type type)
                yield return type;
            if (member?.DeclaringType is { } owner)
                yield return owner;
            if (member is FieldInfo field)
                yield return field.FieldType;
            if (member is MethodInfo called)
            {
                yield return called.ReturnType;
                foreach (var argument in called.GetGenericArguments())
                    yield return argument;
            }
        }
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xfe ? unchecked((short)((code[at] << 8) | code[at + 1])) : code[at];
            at += code[at] == 0xfe ? 2 : 1;
            switch (OpCodesByValue[value].OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return BitConverter.ToInt32(code, at);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(code, at);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        if (type.IsGenericParameter)
            return [];
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static class Sample
    {
        public static SmtpLimits?[] Field = [];

        public static object Body() => new List<MessageAbortReason>[] { [] }.Length == 0 ? Field : new SmtpTimeouts();
    }
}
