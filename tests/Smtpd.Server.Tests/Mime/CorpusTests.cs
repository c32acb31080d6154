using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

/// <summary>Messages of other projects, against what their parsers make of them.</summary>
public sealed partial class CorpusTests
{
    // "file:field": what two parsers agree on and we do otherwise, with the reason.
    private static readonly Dictionary<string, string> Otherwise = new()
    {
        ["stalwart-mail-parser/thirdparty/000.eml:text"] = "a NUL becomes U+FFFD: PostgreSQL has no place for it in a text",
    };

    public static TheoryData<string> Messages => new(Corpus.Messages);

    public static TheoryData<string> Trees => new(Corpus.Messages.Where(each => each.StartsWith("stalwart-mail-parser/", StringComparison.Ordinal)));

    public static TheoryData<string> DecodedBodies => new(Corpus.Files.Where(each => each.Contains("_decoded_", StringComparison.Ordinal)));

    // Git, an editor or an unpacker that changes line ends makes everything else here meaningless.
    [Fact]
    public void The_octets_are_those_of_the_other_projects()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Corpus.Files.Where(each => each is not ("README.md" or "expected.json")))
            all.AppendData(SHA256.HashData(Corpus.Read(file)));
        Assert.Equal("b6bfe0e96766abbbcc7e114544473ef0addb2d9dff4986a552600c95f201259b", Convert.ToHexStringLower(all.GetHashAndReset()));
    }

    [Fact]
    public void Every_file_is_read_within_a_second_and_in_bounded_memory()
    {
        Mail.Read(Corpus.Read("apache-mime4j/example.msg"));
        foreach (var file in Corpus.Files)
        {
            var octets = Corpus.Read(file);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            Mail.Read(octets);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"{file}: {clock.Elapsed}");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 50L * octets.Length + 200_000, $"{file}: {allocated} for {octets.Length}");
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_two_parsers_agree_on_is_what_we_read(string file)
    {
        using var expectations = JsonDocument.Parse(Corpus.Read("expected.json"));
        var expected = expectations.RootElement.GetProperty("messages").EnumerateArray().Single(each => each.GetProperty("file").GetString() == file);
        var octets = Corpus.Read(file).AsSpan();
        if (expected.GetProperty("mbox_from_line").GetBoolean())
            octets = octets[(octets.IndexOf((byte)'\n') + 1)..];
        var message = Mail.Read(octets);
        var read = Fields(message);
        foreach (var field in expected.GetProperty("agree").EnumerateObject().Where(each => !Otherwise.ContainsKey($"{file}:{each.Name}")))
            Assert.Equal($"{field.Name}: {Comparable(field)}", $"{field.Name}: {read[field.Name]}");
    }

    private static Dictionary<string, string> Fields(MimeMessage message)
    {
        var summary = message.Summary;
        return new()
        {
            ["subject"] = summary.Subject is null ? "" : Blanks().Replace(summary.Subject, " ").Trim(),
            ["from"] = summary.From is { } from ? Address(from.Name, from.Address) : "",
            ["to"] = string.Join('\n', summary.To.Select(each => Address(each.Name, each.Address))),
            ["cc"] = string.Join('\n', summary.Cc.Select(each => Address(each.Name, each.Address))),
            ["messageId"] = summary.MessageId is { } id ? $"<{id}>" : "",
            ["date"] = summary.Date is { } date ? date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : "",
            ["text"] = Text(message.Text ?? ""),
            ["html"] = Text(message.Html ?? ""),
            ["attachments"] = string.Join('\n', message.Attachments.Select(each => $"{each.FileName} {each.Size} {(each.ContentType is "message/rfc822" ? "" : each.Sha256)}")),
        };
    }

    private static string Comparable(JsonProperty field) => field.Name switch
    {
        "subject" => Blanks().Replace(field.Value.GetString() ?? "", " ").Trim(),
        "from" => string.Join('\n', Addresses(field.Value).Take(1)),
        "to" or "cc" => string.Join('\n', Addresses(field.Value)),
        "text" or "html" => Text(field.Value.GetString() ?? ""),
        "attachments" => string.Join('\n', field.Value.EnumerateArray().Select(each => $"{each.GetProperty("name")} {each.GetProperty("size")} {each.GetProperty("sha256")}")),
        _ => field.Value.GetString() ?? "",
    };

    private static IEnumerable<string> Addresses(JsonElement list) =>
        list.EnumerateArray().Select(each => Address(each.GetProperty("name").GetString() ?? "", each.GetProperty("address").GetString() ?? ""));

    private static string Address(string name, string address) => $"{name} <{address}>";

    private static string Text(string text)
    {
        if (text.StartsWith("sha256:", StringComparison.Ordinal))
            return text;
        text = string.Join('\n', text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').Select(each => each.TrimEnd(' ', '\t'))).Trim(' ', '\t', '\r', '\n');
        return text.Length > 10_000 ? "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) : text;
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}
