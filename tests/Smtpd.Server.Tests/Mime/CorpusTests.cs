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

    // Trees that are not compared, with what the other parser does there.
    private static readonly Dictionary<string, string> OtherTrees = new()
    {
        ["stalwart-mail-parser/malformed/000.eml"] = "it drops empty parts",
        ["stalwart-mail-parser/malformed/001.eml"] = "it takes a line that only begins with the boundary; RFC 2046 allows that, but many senders nest boundaries that begin alike",
        ["stalwart-mail-parser/malformed/002.eml"] = "it shows the preamble of a multipart without parts",
        ["stalwart-mail-parser/malformed/004.eml"] = "it takes a line that only begins with the boundary; RFC 2046 allows that, but many senders nest boundaries that begin alike",
        ["stalwart-mail-parser/malformed/007.eml"] = "it takes a delimiter for a field",
        ["stalwart-mail-parser/malformed/008.eml"] = "it does not see an outer delimiter inside of a multipart that was not closed; the two parsers do",
        ["stalwart-mail-parser/malformed/009.eml"] = "it does not see an outer delimiter inside of a multipart that was not closed; the two parsers do",
        ["stalwart-mail-parser/malformed/011.eml"] = "it does not see an outer delimiter inside of a multipart that was not closed; the two parsers do",
        ["stalwart-mail-parser/malformed/012.eml"] = "it does not see an outer delimiter inside of a multipart that was not closed; the two parsers do",
        ["stalwart-mail-parser/malformed/013.eml"] = "it drops an empty part at the end",
        ["stalwart-mail-parser/malformed/014.eml"] = "it drops an empty part at the end",
        ["stalwart-mail-parser/malformed/016.eml"] = "it does not see an outer delimiter inside of a multipart that was not closed; the two parsers do",
        ["stalwart-mail-parser/malformed/019.eml"] = "it does not see a delimiter inside of a header block that has no end",
        ["stalwart-mail-parser/malformed/020.eml"] = "of two Content-Type fields the second counts there",
        ["stalwart-mail-parser/malformed/021.eml"] = "of two Content-Type fields the second counts there",
        ["stalwart-mail-parser/malformed/022.eml"] = "it takes an attached message without any header field for text",
        ["stalwart-mail-parser/rfc/000.eml"] = "it calls a part with damaged base64 text",
        ["stalwart-mail-parser/rfc/008.eml"] = "an encoded message/rfc822 (against RFC 2046 5.2.1) is not taken apart here",
        ["stalwart-mail-parser/thirdparty/005.eml"] = "it ends a part inside of a line",
        ["stalwart-mail-parser/thirdparty/015.eml"] = "it does not see a delimiter inside of a header block that has no end",
    };

    private static readonly Dictionary<string, string> OtherBodies = new()
    {
        ["apache-mime4j/bad-newlines-multiple-parts-base64_decoded_1_1_1.txt"] = "an encoded message/rfc822 (against RFC 2046 5.2.1) is not taken apart here",
        ["apache-mime4j/base64encoded-rfc822message-nested_decoded_1_1_1.txt"] = "an encoded message/rfc822 (against RFC 2046 5.2.1) is not taken apart here",
        ["apache-mime4j/base64encoded-rfc822message_decoded_1_1.txt"] = "an encoded message/rfc822 (against RFC 2046 5.2.1) is not taken apart here",
        ["apache-mime4j/basic-plain-with-bad-header-separator_decoded_1.txt"] = "where a header without an empty line ends is a matter of taste: here nothing is lost that can be text",
        ["apache-mime4j/ending-boundaries_decoded_1_1.txt"] = "it takes a line that only begins with the boundary; RFC 2046 allows that, but many senders nest boundaries that begin alike",
        ["apache-mime4j/malformedHeader-noheader_decoded_1.txt"] = "where a header without an empty line ends is a matter of taste: here nothing is lost that can be text",
        ["apache-mime4j/malformedHeaderStartsBody-nocrlfcrlf_decoded_1.txt"] = "where a header without an empty line ends is a matter of taste: here nothing is lost that can be text",
        ["apache-mime4j/malformedHeaderStartsBody-noheader_decoded_1.txt"] = "where a header without an empty line ends is a matter of taste: here nothing is lost that can be text",
        ["apache-mime4j/missing-inner-boundary_decoded_1_2_1.txt"] = "it shows the preamble of a multipart without parts",
        ["apache-mime4j/multipartemptypart_decoded_1_2.txt"] = "it makes two parts of one delimiter",
        ["apache-mime4j/very-long-boundary_decoded_1_1.txt"] = "it tells boundaries apart by blanks at their end, which RFC 2046 5.1.1 forbids and transports add",
        ["apache-mime4j/very-very-long-boundary_decoded_1_1.txt"] = "it tells boundaries apart by blanks at their end, which RFC 2046 5.1.1 forbids and transports add",
        ["apache-mime4j/weird-boundary_decoded_1_1.txt"] = "it tells boundaries apart by blanks at their end, which RFC 2046 5.1.1 forbids and transports add",
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

    [Theory]
    [MemberData(nameof(Trees))]
    public void The_tree_is_that_of_the_other_parser(string file)
    {
        if (OtherTrees.ContainsKey(file))
            return;
        using var expected = JsonDocument.Parse(Corpus.Read(Path.ChangeExtension(file, ".json")));
        // The offsets there are those of the message with LF.
        var message = Mail.Read(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Corpus.Read(file)).Replace("\r\n", "\n", StringComparison.Ordinal)));
        Assert.Equal(Describe(expected.RootElement), Describe(message.Root));
    }

    [Theory]
    [MemberData(nameof(DecodedBodies))]
    public void Decoded_bodies_are_those_of_the_other_parser(string file)
    {
        if (OtherBodies.ContainsKey(file))
            return;
        var cut = file.IndexOf("_decoded_", StringComparison.Ordinal);
        var path = Path.GetFileNameWithoutExtension(file[(cut + 9)..]).Replace('_', '.');
        var octets = Corpus.Read(file[..cut] + ".msg");
        var part = Mail.Parts(Mail.Read(octets).Root).Single(each => each.Path == path);
        var decoded = Mail.Open(octets, part.Body);
        Assert.Equal(Encoding.Latin1.GetString(Corpus.Read(file)), Encoding.Latin1.GetString(decoded));
        Assert.Equal((decoded.Length, Convert.ToHexString(SHA256.HashData(decoded))), (part.Size, Convert.ToHexString(part.Sha256.Span)));
    }

    // One line a part, depth first: where it lies, and what it is.
    private static string Describe(JsonElement message) => string.Join('\n', message.GetProperty("parts").EnumerateArray().Select(part =>
    {
        var body = part.GetProperty("body").EnumerateObject().Single();
        var what = body.Name switch
        {
            "Multipart" => $"multipart {body.Value.GetArrayLength()}",
            "Message" => "message\n" + Describe(body.Value) + "\nend",
            "Text" or "Html" => body.Name,
            _ => "other",
        };
        return $"{part.GetProperty("offset_header")} {part.GetProperty("offset_body")} {part.GetProperty("offset_end")} {what}";
    }));

    private static string Describe(MimePart part)
    {
        var what = part switch
        {
            { IsMultipart: true, IsOpaque: false } => $"multipart {part.Children.Count}" + string.Concat(part.Children.Select(each => "\n" + Describe(each))),
            { IsMessage: true, Children: [var root] } => "message\n" + Describe(root) + "\nend",
            { ContentType: "text/html" } => "Html",
            _ => part.ContentType.StartsWith("text/", StringComparison.Ordinal) ? "Text" : "other",
        };
        return $"{part.HeaderOffset} {part.Body.Offset} {part.Body.Offset + part.Body.Length} {what}";
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
