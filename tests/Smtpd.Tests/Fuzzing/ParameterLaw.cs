using System.Globalization;
using System.Text;
using Smtpd.Commands;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>
/// Parameters of MAIL and RCPT: what was made valid is taken, what is taken can be written so that it is read as the same, order and case of the names do not matter, none comes twice,
/// and none works whose extension is not offered.
/// </summary>
internal static class ParameterLaw
{
    private static readonly CommandSyntax Everything = new((SmtpExtensions)0x3FFFF, SmtpLeniency.None);

    private static readonly string[] Junk =
    [
        "", "0", "-1", "+1", "1x", "00", "99999999999999999999", "999999999999999999999", "18446744073709551616", "FULL,HDRS", "NEVER,SUCCESS", "SUCCESS,SUCCESS", ",", "rfc822;", ";a@b.test", "rfc822;a@b+GG",
        "utf-8;\\x{D800}", "utf-8;\\x{85}", "+0D+0A", "a=b", "<>", "é", "\u2028", "\0", "10", "1;", "1;X", "1;RR", "0;R", "-5;R", "1;NTT", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "-0", "--1",
        "net.example:A,", "1abc", "R", "C", "BINARYMIME", "x",
    ];

    private static readonly string[] Names = ["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "PRDR", "REQUIRETLS", "BY", "MT-PRIORITY", "HOLDFOR", "HOLDUNTIL", "SOLICIT", "NOTIFY", "ORCPT", "RRVS", "X-NEW", "-X", "S\u0130ZE", "S IZE"];

    public static string? Check(int seed)
    {
        var random = new Random(seed);
        var isMail = random.Chance(0.6);
        var parameters = Make(random, isMail, out var isValid);
        var text = Write(random, isMail, parameters);
        var octets = random.Chance(0.15) ? random.Mutate(text) : text;
        var isAsMade = octets.AsSpan().SequenceEqual(text);
        var command = Parse(octets, isMail, Everything);
        var broken = command is null
            ? isAsMade && isValid ? "was made valid and is refused" : null
            : Reread(command) ?? (isAsMade ? Arranged(random, parameters, command) ?? Twice(random, parameters, isMail) ?? Withheld(random, parameters, isMail) : null);
        return broken is null ? null : $"seed {seed}: {Escapes.Encode(octets)} {broken}";
    }

    private static SmtpCommand? Parse(byte[] octets, bool isMail, CommandSyntax syntax) => (isMail ? MailCommand.Parse(octets, syntax) : RcptCommand.Parse(octets, syntax)).Command;

    // -- Making --------------------------------------------------------------------------------------------------------

    private static List<string> Make(Random random, bool isMail, out bool isValid)
    {
        isValid = true;
        List<string> parameters = [];
        foreach (var name in (isMail ? Names[..13] : Names[13..16]).OrderBy(_ => random.Next()).Take(random.Next(isMail ? 6 : 4)).ToArray())
        {
            // RFC 4865 §4: one of the two.
            if (name is "HOLDUNTIL" && parameters.Exists(each => each.StartsWith("HOLDFOR", StringComparison.Ordinal)) || name is "HOLDFOR" && parameters.Exists(each => each.StartsWith("HOLDUNTIL", StringComparison.Ordinal)))
                continue;
            parameters.Add(name + Valid(random, name));
        }

        if (random.Chance(0.3))
        {
            isValid = false;
            parameters.Insert(random.Next(parameters.Count + 1), random.Pick<string>(Names) + random.Pick("", "=") + random.Pick<string>(Junk));
        }

        return parameters;
    }

    private static string Valid(Random random, string name) => name switch
    {
        "SIZE" => "=" + random.Pick("0", "1", "007", "12345", "99999999999999999999"),
        "BODY" => "=" + random.AnyCase(random.Pick("7BIT", "8BITMIME", "BINARYMIME")),
        "RET" => "=" + random.AnyCase(random.Pick("FULL", "HDRS")),
        "ENVID" => "=" + Xtext(Word(random, isAscii: true), 100),
        "AUTH" => "=" + random.Pick("<>", Xtext("joe+x@y.test", 500), "joe@y.test"),
        "BY" => "=" + random.Pick("1;R", "+120;NT", "-120;n", "0;N", "000000001;rt"),
        "MT-PRIORITY" => "=" + random.Pick("0", "9", "-9", "-1", "4"),
        "HOLDFOR" => "=" + random.Pick("1", "86400", "999999999"),
        "HOLDUNTIL" => "=" + Time(random),
        "SOLICIT" => "=" + random.Pick("net.example:ADV", "a,b", "org.test:ADV:ADLT,x-y_z"),
        "NOTIFY" => "=" + random.AnyCase(random.Pick("NEVER", "SUCCESS", "FAILURE,DELAY", "DELAY,SUCCESS,FAILURE")),
        "ORCPT" => "=" + random.Pick("rfc822;" + Xtext(Word(random, isAscii: true), 400), "utf-8;" + Xtext(Word(random, isAscii: false), 400), "UTF-8;j\\x{F6}rg@y.test", "x400;a"),
        "RRVS" => "=" + Time(random) + random.Pick("", ";C", ";r"),
        _ => "",
    };

    private static string Word(Random random, bool isAscii) => random.Chain(isAscii ? ["a", "b.c", "@", "+", "=", " ", "\"", "<", "~"] : ["a", "@", "+", "=", "é", "用", "😀", "}"], 6);

    private static string Time(Random random) =>
        $"20{random.Next(10, 99)}-0{random.Next(1, 10)}-{random.Next(10, 28)}T1{random.Next(10)}:00:{random.Next(10, 60)}{random.Pick("", ".5", ".1234567")}{random.Pick("Z", "z", "+00:00", "-08:00", "+05:30")}";

    private static byte[] Write(Random random, bool isMail, List<string> parameters) => Encoding.UTF8.GetBytes(
        random.AnyCase(isMail ? "FROM:" : "TO:") + random.Pick("", "", " ") + random.Pick("<a@x.test>", "<\"a b\"@x.test>", isMail ? "<>" : "<postmaster>") + string.Concat(parameters.Select(each => random.Pick(" ", " ", "  ") + each)));

    // -- Laws ----------------------------------------------------------------------------------------------------------

    private static string? Reread(SmtpCommand command)
    {
        var written = Print(command);
        var again = Parse(Encoding.UTF8.GetBytes(written), command is MailCommand, Everything);
        return command.Equals(again) ? null : $"is read as {written}, and that as {(again is null ? "nothing" : Print(again))}";
    }

    private static string? Arranged(Random random, List<string> parameters, SmtpCommand command)
    {
        var others = parameters.OrderBy(_ => random.Next()).Select(each => Renamed(random, each)).ToList();
        var path = command is MailCommand mail ? $"FROM:<{mail.Sender}>" : $"TO:<{((RcptCommand)command).Recipient}>";
        var arranged = Parse(Encoding.UTF8.GetBytes($"{path} {string.Join(' ', others)}"), command is MailCommand, Everything);
        return command.Equals(arranged) ? null : $"is another command as {string.Join(' ', others)}";
    }

    private static string Renamed(Random random, string parameter) =>
        parameter.Split('=', 2) is [var name, var value] ? $"{random.AnyCase(name)}={value}" : random.AnyCase(parameter);

    private static string? Twice(Random random, List<string> parameters, bool isMail)
    {
        if (parameters.Count == 0)
            return null;
        var repeated = random.Pick<string>([.. parameters]);
        return Parse(Write(random, isMail, [.. parameters, repeated]), isMail, Everything) is null ? null : $"is taken with {repeated} once more";
    }

    private static string? Withheld(Random random, List<string> parameters, bool isMail)
    {
        if (parameters.Count == 0)
            return null;
        var name = random.Pick<string>([.. parameters]).Split('=')[0];
        var extension = isMail ? Array.Find(MailCommand.Parameters, each => each.Keyword == name)!.Extension : Array.Find(RcptCommand.Parameters, each => each.Keyword == name)!.Extension;
        return Parse(Write(random, isMail, parameters), isMail, Everything with { Extensions = Everything.Extensions & ~extension }) is null ? null : $"is taken without {extension}";
    }

    // -- Writing what was read -----------------------------------------------------------------------------------------

    private static string Print(SmtpCommand command) => command is MailCommand mail ? Print(mail) : Print((RcptCommand)command);

    private static string Print(MailCommand mail)
    {
        List<string?> parameters =
        [
            mail.Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"SIZE={size}") : null,
            mail.BodyType switch { BodyType.EightBitMime => "BODY=8BITMIME", BodyType.BinaryMime => "BODY=BINARYMIME", _ => null },
            mail.SmtpUtf8 ? "SMTPUTF8" : null,
            mail.Return is { } what ? what == DsnReturn.Full ? "RET=FULL" : "RET=HDRS" : null,
            mail.EnvelopeId is { } id ? "ENVID=" + Xtext(id) : null,
            mail.Submitter is { } submitter ? "AUTH=" + (submitter.Length == 0 ? "<>" : Xtext(submitter)) : null,
            mail.PerRecipientReplies ? "PRDR" : null,
            mail.RequireTls ? "REQUIRETLS" : null,
            mail.DeliverBy is { } by ? string.Create(CultureInfo.InvariantCulture, $"BY={(long)by.Time.TotalSeconds};{(by.Mode == DeliverByMode.Return ? "R" : "N")}{(by.Trace ? "T" : "")}") : null,
            mail.Priority is { } priority ? string.Create(CultureInfo.InvariantCulture, $"MT-PRIORITY={priority}") : null,
            mail.FutureRelease is { } release ? release.Interval is { } interval ? string.Create(CultureInfo.InvariantCulture, $"HOLDFOR={(long)interval.TotalSeconds}") : "HOLDUNTIL=" + Print(release.Until!.Value) : null,
            mail.Solicitation is { } solicitation ? "SOLICIT=" + solicitation : null,
        ];
        return $"FROM:<{mail.Sender}> {string.Join(' ', parameters.OfType<string>())}";
    }

    private static string Print(RcptCommand rcpt)
    {
        List<string?> parameters =
        [
            rcpt.Notify == DsnNotify.None ? null : "NOTIFY=" + rcpt.Notify.ToString().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal),
            rcpt.OriginalRecipient is { } original ? $"ORCPT={original.AddressType};{Xtext(original.AddressType == "utf-8" ? original.Address.Replace("\\", "\\x{5C}", StringComparison.Ordinal) : original.Address)}" : null,
            rcpt.ValidSince is { } since ? $"RRVS={Print(since.Time)};{(since.Rejects ? "R" : "C")}" : null,
        ];
        return $"TO:<{rcpt.Recipient}> {string.Join(' ', parameters.OfType<string>())}";
    }

    private static string Print(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture);

    /// <summary>RFC 3461 §4, as short as it may be.</summary>
    private static string Xtext(string text, int longest = int.MaxValue)
    {
        StringBuilder xtext = new();
        foreach (var rune in text.EnumerateRunes())
        {
            var next = rune.Value is > 32 and < 127 and not ('+' or '=') ? rune.ToString() : rune.IsAscii ? string.Create(CultureInfo.InvariantCulture, $"+{rune.Value:X2}") : rune.ToString();
            if (Encoding.UTF8.GetByteCount(xtext.ToString()) + Encoding.UTF8.GetByteCount(next) > longest)
                break;
            xtext.Append(next);
        }

        return xtext.ToString();
    }
}
