using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Mime;
using Smtpd.Server.Tests.Fuzzing;

namespace Smtpd.Server.Tests.Mime;

/// <summary>What holds for every input: nothing throws, nothing depends on how reads were cut, parts lie inside of their parents, and no input costs more than its size.</summary>
public sealed class MimeLawTests
{
    public static TheoryData<string> Messages => new(Corpus.Messages);

    [Theory]
    [InlineData(20261123)]
    [InlineData(4711)]
    public void Random_octets_are_read(int seed)
    {
        Random random = new(seed);
        for (var i = 0; i < 2000; i++)
        {
            var octets = new byte[random.Next(3000)];
            random.NextBytes(octets);
            Inspect(octets);
        }
    }

    // Octets that look like mail reach further than random ones.
    [Fact]
    public void Anything_that_looks_like_mail_is_read()
    {
        string[] words =
        [
            "Content-Type: ", "multipart/mixed; boundary=", "multipart/related; start=\"<a>\"; boundary=", "multipart/alternative; boundary=", "message/rfc822", "text/plain", "text/html", "a", "b", "\"a b\"",
            "--a", "--b", "--a--", "--", "\r\n", "\r\n\r\n", "\n", "\r", " ", "\t", ";", "=", "?", "=?utf-8?q?", "=?x?b?", "?=", "charset=", "utf-16", "iso-2022-jp", "name*0*=utf-8''", "%", "*", "'",
            "Content-Transfer-Encoding: ", "base64", "quoted-printable", "x-uuencode", "Content-Disposition: attachment; filename=", "Content-ID: <a>", "format=flowed; delsp=yes", "begin 644 x", "end",
            "Subject: ", "From: ", "To: ", "References: <", "(", ")", "<", ">", "\"", ",", "&amp;", "<style>", "<!--", "-->", "</style", "\u001b$B", "\0", "\u00fc", "\u3042", "\ud83d\ude00", "QUJD", "=C3=BC",
        ];
        var text = Gen.Elements(words).ArrayOf(60).Select(each => Encoding.UTF8.GetBytes(string.Concat(each)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(4000).WithReplay(20261123, 1), Prop.ForAll(text.ToArbitrary(), each => Inspect(each) is not null));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Mutations_of_real_messages_are_read(string file)
    {
        var original = Corpus.Read(file);
        if (original.Length > 200_000)
            return; // a hundred of each would take too long, and they add no shape
        Random random = new(file.Length * 31 + original.Length);
        for (var i = 0; i < 60; i++)
            Inspect(Mutate(original, random));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task However_reads_are_cut_the_result_is_the_same(string file)
    {
        var octets = Corpus.Read(file);
        var expected = MimeLaw.Describe(Inspect(octets));
        foreach (var step in octets.Length < 100_000 ? new[] { 1, 3, 7, 4096 } : [997, 65_536])
        {
            Assert.Equal(expected, MimeLaw.Describe(MimeReader.Read(new SlowStream(octets, step), cancellationToken: TestContext.Current.CancellationToken)));
            Assert.Equal(expected, MimeLaw.Describe(await MimeReader.ReadAsync(new SlowStream(octets, step), cancellationToken: TestContext.Current.CancellationToken)));
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Line_ends_make_no_difference(string file)
    {
        // Latin-1 keeps every octet; only messages that do not mix line ends can be compared.
        var text = Encoding.Latin1.GetString(Corpus.Read(file));
        var lf = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (lf.Contains('\r', StringComparison.Ordinal) || file is "stalwart-mail-parser/thirdparty/005.eml")
            return; // the latter has UTF-16 in it, where a line end is more than an octet
        var crlf = lf.Replace("\n", "\r\n", StringComparison.Ordinal);
        var expected = Shape(Mail.Read(Encoding.Latin1.GetBytes(crlf)));
        Assert.Equal(expected, Shape(Mail.Read(Encoding.Latin1.GetBytes(lf))));
        Assert.Equal(expected, Shape(Mail.Read(Encoding.Latin1.GetBytes(lf.Replace('\n', '\r')))));
    }

    // Large enough for windows, buffers and chunks to end in the middle of everything.
    [Theory]
    [InlineData("base64")]
    [InlineData("quoted-printable")]
    [InlineData("7bit")]
    public async Task Large_contents_are_measured_and_opened_whole(string encoding)
    {
        Random random = new(7);
        var content = new byte[700_001];
        random.NextBytes(content);
        var encoded = encoding switch
        {
            "base64" => Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks),
            "quoted-printable" => string.Concat(content.Select((each, i) => $"={each:X2}{(i % 20 == 19 ? "=\r\n" : "")}")),
            _ => string.Concat(content.Select((each, i) => i % 77 == 76 ? "\r\n" : i % 1001 == 0 ? "\r\n--" : ((char)(each % 90 + 33)).ToString())),
        };
        var message = Encoding.Latin1.GetBytes($"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{encoded}\r\n--x--\r\n");
        var expected = encoding is "7bit" ? Encoding.Latin1.GetBytes(encoded) : content;
        var attachment = Assert.Single(Inspect(message).Attachments);
        Assert.Equal((expected.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(expected))), (attachment.Size, attachment.Sha256));
        await using var opened = MimeReader.OpenPart(new SlowStream(message, 977), attachment.Body);
        using MemoryStream all = new();
        await opened.CopyToAsync(all, 333, TestContext.Current.CancellationToken);
        Assert.True(expected.AsSpan().SequenceEqual(all.ToArray()));
    }

    // The octets are looked at in windows. Delimiter, header and escapes are moved over the edge of one, octet by octet.
    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData(256 * 1024 + 1, false)]
    public void Nothing_is_lost_between_two_windows(int window, bool isStream)
    {
        const string head = "Content-Type: multipart/mixed; boundary=xy\r\n\r\n--xy\r\nContent-Type: application/zip\r\n\r\n";
        for (var gap = 120; gap >= -5; gap--)
        {
            var length = window - gap - (isStream ? head.Length : 0); // octets at hand are sliced anew behind each header
            var octets = Encoding.ASCII.GetBytes($"{head}{new string('z', length)}\r\n--xy\r\nContent-Type: text/plain\r\nrubbish\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=\r\nB  \r\nC\r\n--xy--\r\n");
            var message = isStream ? MimeReader.Read(new MemoryStream(octets), cancellationToken: TestContext.Current.CancellationToken) : Mail.Read(octets);
            Assert.Equal((gap, (long)length, "AB\nC"), (gap, Assert.Single(message.Attachments).Size, message.Text));
            Assert.Equal(["header-garbage"], Mail.Codes(message));
        }
    }

    private static MimeMessage Inspect(byte[] octets)
    {
        var (message, broken) = MimeLaw.Inspect(octets);
        Assert.True(broken is null, broken);
        return message;
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> octets = [.. original];
        for (var changes = random.Next(1, 6); changes > 0 && octets.Count > 0; changes--)
        {
            var at = random.Next(octets.Count);
            var length = Math.Min(random.Next(1, 200), octets.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    octets.Insert(at, "\r\n-=?;:\"\0 "u8[random.Next(10)]);
                    break;
                case 2:
                    octets.RemoveRange(at, length);
                    break;
                default:
                    octets.InsertRange(random.Next(octets.Count), octets.GetRange(at, length));
                    break;
            }
        }

        return [.. octets];
    }

    private static string Shape(MimeMessage message) => string.Join('\n', Mail.Parts(message.Root).Select(each => $"{each.Path} {each.ContentType} {each.FileName} {each.Headers.Count}"))
        + $"\n{message.Summary.Subject}\n{message.Summary.Date}\n{string.Join('\n', message.Text?.Split('\n').Select(each => each.TrimEnd()) ?? [])}\n{message.Snippet}\n{string.Join(' ', message.Attachments.Select(each => each.FileName))}";
}
