using System.Text;
using System.Text.RegularExpressions;
using Smtpd.Addresses;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>
/// Paths against a second reading of RFC 5321 §4.1.2 by regular expressions: both take and refuse the same. What is taken re-reads to itself, owes nothing to what stands behind it, and has
/// a domain that can be looked up.
/// </summary>
internal static partial class AddressLaw
{
    private const string Domain = "(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*";

    private const string Atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

    private const string Local5321 = Atom + "(?:\\." + Atom + ")*|\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\"";

    private const string Snum = "(?:[01]?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])";

    private const string Literal = "\\[(?:(?:" + Snum + "\\.){3}" + Snum + "|[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+)\\]";

    private static readonly string[] LocalPieces =
    [
        "a", "B7", "joe", "postmaster", "PostMaster", "x.y", ".", "+", "\"", "\\", " ", "@", "!", "%", "'", "--", "é", "用户", "e\u0301", "\u202e", "\u0085", "\u2028", "\u00ad", "\ufeff", "＠", "\0", "\r\n", "\t",
        "<", ">", "(", ")", ",", ":", ";", "[", "]", "0123456789012345678901234567890123456789",
    ];

    private static readonly string[] Labels =
    [
        "mx", "TEST", "a-b", "a_b", "-", "x-", "1", "xn--bcher-kva", "xn--", "bücher", "BÜCHER", "bu\u0308cher", "straße", "例子", "a\u200db", "℀", "㏂", "﹫", "①", "K", "ı", "。", "．", "｡", "／", "\u202e",
        "0123456789012345678901234567890123456789012345678901234567890ab", "0123456789012345678901234567890123456789012345678901234567890abcd", "", " ", "%", "(c)",
    ];

    private static readonly string[] Literals =
        ["[192.0.2.1]", "[001.2.3.255]", "[192.0.2.256]", "[192.0.2]", "[IPv6:2001:db8::1]", "[ipv6:::ffff:192.0.2.1]", "[IPv6:fe80::1%1]", "[tag:content]", "[t-:x]", "[tag:]", "[a:b\\c]", "[]", "[", "[x"];

    public static string? Check(int seed)
    {
        var random = new Random(seed);
        var octets = Make(random);
        var isSender = random.Chance(0.5);
        var leniency = random.Chance(0.7) ? SmtpLeniency.None : (SmtpLeniency)random.Next(8);
        var isRead = PathGrammar.TryReadPath(octets, isSender, leniency, out var address, out var used);
        var broken = (leniency == SmtpLeniency.None ? Differs(octets, isSender, isRead, address, used) : null) ?? (isRead ? Owes(octets, isSender, leniency, address, used) ?? Reread(address) : null);
        return broken is null ? null : $"seed {seed}, {leniency}: {Escapes.Encode(octets)} {broken}";
    }

    private static byte[] Make(Random random)
    {
        var path = random.Chance(0.05)
            ? random.Pick("<>", "<postmaster>", "<POSTMASTER>", "<@a.test:postmaster>", "<")
            : $"<{Route(random)}{Local(random)}@{Host(random)}>{random.Pick("", "", " SIZE=1", ">", "x", ".")}";
        if (random.Chance(0.1))
            path = path.TrimStart('<').Replace(">", "", StringComparison.Ordinal);
        var octets = Encoding.UTF8.GetBytes(path);
        return random.Chance(0.4) ? random.Mutate(octets) : octets;
    }

    private static string Route(Random random) => random.Chance(0.85) ? "" : random.Pick("@a.test:", "@a.test,@b.test:", "@a.test,", "@:", "@a.test,b.test:", "@[192.0.2.1]:");

    private static string Local(Random random)
    {
        var text = random.Chance(0.5) ? string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Pick<string>(LocalPieces.AsSpan(0, 5)))) : random.Chain(LocalPieces, 4);
        return random.Chance(0.2) ? $"\"{text}\"" : text;
    }

    private static string Host(Random random) => random.Chance(0.15)
        ? random.Pick<string>(Literals)
        : string.Join('.', Enumerable.Range(0, random.Chance(0.05) ? random.Next(4, 8) : random.Next(1, 4)).Select(_ => random.Pick<string>(Labels.AsSpan(0, random.Chance(0.6) ? 8 : Labels.Length))));

    /// <summary>What the other reading says; nothing of what it does not cover: octets beyond ASCII, and IPv6.</summary>
    private static string? Differs(byte[] octets, bool isSender, bool isRead, MailAddress address, int used)
    {
        var text = Encoding.ASCII.GetString(octets);
        if (!Ascii.IsValid(octets) || text.Contains("[IPv6:", StringComparison.OrdinalIgnoreCase))
            return null;
        var match = Path().Match(text);
        var local = match.Groups["local"].Value;
        var domain = match.Groups["domain"].Value;
        var isPath = match.Success && (match.Groups["null"].Success ? isSender
            : domain.Length == 0 ? !isSender && match.Groups["route"].Length == 0
            : local.Length <= 64 && domain.Length <= 255 && local.Length + domain.Length + 3 <= 256);
        if (isPath != isRead)
            return isRead ? "is taken" : "is refused";
        return isRead && (address.Email != (domain.Length == 0 ? local : $"{local}@{domain}") || used != match.Length) ? $"is read as {address}, {used} octets" : null;
    }

    // A path ends with its bracket: what follows may not change it.
    private static string? Owes(byte[] octets, bool isSender, SmtpLeniency leniency, MailAddress address, int used)
    {
        if (used > octets.Length)
            return $"takes {used} octets of {octets.Length}";
        var isRead = PathGrammar.TryReadPath(octets.AsSpan(0, used), isSender, leniency, out var alone, out var again);
        return isRead && alone == address && again == used ? null : "needs what stands behind it";
    }

    private static string? Reread(MailAddress address)
    {
        // An address that a leniency let in need not be one by itself.
        if (!MailAddress.TryParse(address.Email, out var again))
            return address.LocalPart.EndsWith('.') ? null : $"is read as {address}, which is no address";
        if (again != address || again.GetHashCode() != address.GetHashCode() || again.LocalPart != address.LocalPart || again.Hostname != address.Hostname || again.Email != address.Email)
            return $"is read as {address}, which is read as {again}";
        if (!PrintsOnly(address))
            return "holds what must not be printed";
        var host = address.AsciiHostname;
        return host.Length == 0 || host[0] == '[' || (WholeDomain().IsMatch(host) && MailAddress.TryParse("x@" + host, out var plain) && plain.AsciiHostname == host)
            ? null
            : $"has the domain {Escapes.Encode(Encoding.UTF8.GetBytes(host))}, which cannot be looked up";
    }

    private static bool PrintsOnly(MailAddress address) => !address.Email.Any(each => char.IsControl(each) || each is '\u2028' or '\u2029' or '\u202e' or '\ufeff');

    [GeneratedRegex("\\A<(?:(?<null>)|(?<route>@" + Domain + "(?:,@" + Domain + ")*:)?(?:(?<local>" + Local5321 + ")@(?<domain>" + Domain + "|" + Literal + ")|(?<local>[Pp][Oo][Ss][Tt][Mm][Aa][Ss][Tt][Ee][Rr])))>", RegexOptions.NonBacktracking)]
    private static partial Regex Path();

    [GeneratedRegex("\\A" + Domain + "\\z", RegexOptions.NonBacktracking)]
    private static partial Regex WholeDomain();
}
