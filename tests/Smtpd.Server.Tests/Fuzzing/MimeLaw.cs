using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Smtpd.Server.Mime;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Server.Tests.Fuzzing;

/// <summary>
/// Messages: one that was put together is read as it was meant, part by part; of any octets the reading is consistent with itself, and the same however reads are cut; an attached message says what it
/// says by itself.
/// </summary>
internal static class MimeLaw
{
    private static readonly string[] Words =
    [
        "Content-Type: ", "multipart/mixed; boundary=", "multipart/related; start=\"<a>\"; boundary=", "multipart/alternative; boundary=", "message/rfc822", "text/plain", "text/html", "a", "b", "\"a b\"",
        "--a", "--b", "--a--", "--", "\r\n", "\r\n\r\n", "\n", "\r", " ", "\t", ";", "=", "?", "=?utf-8?q?", "=?x?b?", "?=", "charset=", "utf-16", "utf-7", "iso-2022-jp", "name*0*=utf-8''", "%", "*", "'",
        "Content-Transfer-Encoding: ", "base64", "quoted-printable", "x-uuencode", "Content-Disposition: attachment; filename=", "Content-ID: <a>", "format=flowed; delsp=yes", "begin 644 x", "end",
        "Subject: ", "From: ", "To: ", "Date: ", "References: <", "(", ")", "<", ">", "\"", ",", "&amp;", "<style>", "<!--", "-->", "</style", "\u001b$B", "\0", "\u00fc", "\u3042", "\ud83d\ude00", "QUJD", "=C3=BC",
    ];

    public static string? Check(int seed)
    {
        var random = new Random(seed);
        var tree = Part.Make(random, random.Next(4));
        var made = Encoding.Latin1.GetBytes("Subject: made\r\n" + tree.Write());
        var octets = random.Next(4) switch
        {
            0 => made,
            1 => Encoding.UTF8.GetBytes(random.Chain(Words, 60)),
            _ => random.Mutate(made),
        };
        var (message, broken) = Inspect(octets);
        broken ??= Differs(octets, message, random.Next(1, 64));
        if (octets == made)
            broken ??= Misread(tree, octets, message);
        return broken is null ? null : $"seed {seed}: {broken}\n{Encoding.Latin1.GetString(octets)}";
    }

    /// <summary>Reads it, and looks whether what was read is consistent.</summary>
    public static (MimeMessage Message, string? Broken) Inspect(byte[] octets)
    {
        var message = MimeReader.Read(octets);
        return (message, Parts(message.Root).Select(each => Misplaced(each, octets.Length)).Concat(message.Attachments.Take(3).Select(each => Mismeasured(each, octets)))
            .Append(message.Snippet.Length > 200 || message.Snippet.Any(char.IsControl) ? $"the snippet is {message.Snippet}" : null).FirstOrDefault(each => each is not null));
    }

    /// <summary>Everything that was read.</summary>
    public static string Describe(MimeMessage message)
    {
        StringBuilder all = new();
        all.AppendLine(JsonSerializer.Serialize(message.Summary)).AppendLine(message.Snippet).AppendLine(message.Text).AppendLine(message.Html);
        foreach (var part in Parts(message.Root))
        {
            all.AppendLine(CultureInfo.InvariantCulture, $"{part.Path} {part.ContentType} {part.Disposition} {part.FileName} {part.ContentId} {part.Charset} {part.HeaderOffset} {part.Body} {part.Size} {Convert.ToHexString(part.Sha256.Span)} {part.IsInline} {part.IsAttachment}");
            all.AppendJoin('\n', part.Headers).AppendJoin('\n', part.Parameters);
        }

        return all.AppendJoin('\n', message.Warnings).ToString();
    }

    private static IEnumerable<MimePart> Parts(MimePart root) => root.Children.SelectMany(Parts).Prepend(root);

    private static string? Misplaced(MimePart part, int length)
    {
        var end = part.Body.Offset + part.Body.Length;
        if (part.HeaderOffset > part.Body.Offset || part.Body.Length < 0 || end > length)
            return $"{part.Path} lies outside of the message";
        if (part.Parent is { } parent && (part.HeaderOffset < parent.Body.Offset || end > parent.Body.Offset + parent.Body.Length))
            return $"{part.Path} lies outside of its parent";
        for (var i = 1; i < part.Children.Count; i++)
        {
            if (part.Children[i - 1].Body.Offset + part.Children[i - 1].Body.Length > part.Children[i].HeaderOffset)
                return $"{part.Children[i].Path} begins before the one before it ends";
        }

        return null;
    }

    private static string? Mismeasured(MimeAttachment attachment, byte[] octets)
    {
        var opened = Open(octets, attachment.Body);
        return opened.Length == attachment.Size && (attachment.Sha256.Length == 0 || attachment.Sha256 == Convert.ToHexStringLower(SHA256.HashData(opened)))
            ? null
            : $"attachment {attachment.Index} is measured otherwise than it is opened: {opened.Length} and {attachment.Size}";
    }

    private static string? Differs(byte[] octets, MimeMessage whole, int step)
    {
        var cut = MimeReader.Read(new SlowStream(octets, step));
        return Describe(cut) == Describe(whole) ? null : $"by {step} octets it is read as\n{Describe(cut)}\nand whole as\n{Describe(whole)}";
    }

    private static string? Misread(Part tree, byte[] octets, MimeMessage message)
    {
        string[] meant = [.. tree.Leaves().Select(each => $"{each.ContentType} {each.FileName} {Convert.ToHexString(each.Content)}")];
        string[] read = [.. Parts(message.Root).Where(each => each.Children.Count == 0).Select(each => $"{each.ContentType} {each.FileName} {Convert.ToHexString(Open(octets, each.Body))}")];
        return meant.SequenceEqual(read, StringComparer.Ordinal) ? null : $"it was meant as\n{string.Join('\n', meant)}\nand is read as\n{string.Join('\n', read)}";
    }

    private static byte[] Open(byte[] octets, PartBody body)
    {
        using var stream = MimeReader.OpenPart(new MemoryStream(octets), body);
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>A part as its author meant it.</summary>
    private sealed record Part(string ContentType, string? FileName, byte[] Content, string Encoding, IReadOnlyList<Part> Children, string Boundary)
    {
        public static Part Make(Random random, int depth)
        {
            if (depth == 0)
                return Leaf(random);
            if (random.Chance(0.2))
                return new("message/rfc822", null, [], "7bit", [Make(random, depth - 1)], "");
            // Some boundaries begin as others do, and as what multiparts around them have.
            var boundary = random.Pick("x", "x1", "=_x", "a b", "(x)") + depth.ToString(CultureInfo.InvariantCulture);
            return new("multipart/" + random.Pick("mixed", "alternative", "related"), null, [], "7bit", [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Make(random, depth - 1))], boundary);
        }

        public IEnumerable<Part> Leaves() => Children.Count == 0 ? [this] : Children.SelectMany(each => each.Leaves());

        public string Write()
        {
            var type = Boundary.Length > 0 ? $"{ContentType};\r\n boundary=\"{Boundary}\"" : ContentType;
            var disposition = FileName is null ? "" : $"Content-Disposition: attachment; filename*=utf-8''{Uri.EscapeDataString(FileName)}\r\n";
            var encoding = Encoding == "7bit" ? "" : $"Content-Transfer-Encoding: {Encoding}\r\n";
            return $"Content-Type: {type}\r\n{encoding}{disposition}\r\n" + Body();
        }

        private static Part Leaf(Random random)
        {
            var content = new byte[random.Chance(0.1) ? random.Next(1000, 9000) : random.Next(60)];
            var encoding = random.Pick("7bit", "base64", "quoted-printable");
            if (encoding == "7bit")
                content = System.Text.Encoding.ASCII.GetBytes(random.Chain(["word ", "-", "--", "\r\n", "\r\n--", "\r\n--y", ".", "From x"], 12).TrimEnd() + "end");
            else
                random.NextBytes(content);
            return new(random.Pick("application/octet-stream", "image/png", "text/plain"), random.Chance(0.5) ? null : random.Pick("a.bin", "b c.pdf", "grüße.txt", "請求書.pdf"), content, encoding, [], "");
        }

        private string Body() => this switch
        {
            { Children: [var inner], Boundary: "" } => inner.Write(),
            { Children.Count: > 0 } => "preamble" + string.Concat(Children.Select(each => $"\r\n--{Boundary}\r\n{each.Write()}")) + $"\r\n--{Boundary}--\r\nepilogue",
            { Encoding: "base64" } => Convert.ToBase64String(Content, Base64FormattingOptions.InsertLineBreaks),
            { Encoding: "quoted-printable" } => string.Concat(Content.Select((each, i) => $"={each:X2}{(i % 20 == 19 ? "=\r\n" : "")}")),
            _ => System.Text.Encoding.ASCII.GetString(Content),
        };
    }
}

/// <summary>Gives so many octets a read, and cannot be sought in.</summary>
internal sealed class SlowStream(byte[] octets, int step) : ForwardStream(Null)
{
    private int _position;

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(Math.Min(step, buffer.Length), octets.Length - _position);
        octets.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
