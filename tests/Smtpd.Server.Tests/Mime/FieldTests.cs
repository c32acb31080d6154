using System.Globalization;
using System.Text.Json;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

/// <summary>Structured fields: parameters, addresses, dates, file names; with another parser's tables where they hold for us.</summary>
public sealed class FieldTests
{
    [Theory]
    [InlineData("text/plain; charset=us-ascii (Plain text)", "text/plain charset=us-ascii")]
    [InlineData("text/plain;charset = \"us-ascii\" ; format=flowed", "text/plain charset=us-ascii format=flowed")]
    [InlineData("TEXT / Plain ;;; = ;; Name=\"value\"", "text/plain name=value")]
    [InlineData("multipart/mixed boundary=\"b\"", "multipart/mixed boundary=b")]
    [InlineData("multipart/mixed; type=a boundary=b", "multipart/mixed type=a boundary=b")]
    [InlineData("attachment; filename=my file (1).pdf", "attachment filename=my file (1).pdf")]
    [InlineData("attachment; filename=\"C:\\dir\\a \\\"b\\\".txt\"", "attachment filename=C:\\dir\\a \"b\".txt")]
    [InlineData("attachment; filename=\"open", "attachment filename=open")]
    [InlineData("a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun", "a/b title=This is ***fun")]
    [InlineData("a/b; title*0*=us-ascii'en'This%20is%20; title*1*=%2A%2Afun%2A; title*2=\" isn't it!\"", "a/b title=This is **fun* isn't it!")]
    [InlineData("a/b; t*2=c; t*0=a; t*1=b", "a/b t=abc")] // out of order
    [InlineData("a/b; t*0*=%C3; t*1*=%BC; t*3=x", "a/b t=\u00fcx")] // no charset; a character over two pieces; a piece is missing
    [InlineData("a/b; name=plain; name*=utf-8''%C3%BC", "a/b name=\u00fc")]
    [InlineData("a/b; name*=iso-8859-1''%FC%", "a/b name=\u00fc%")]
    [InlineData("a/b; name*=\"utf-8''%C3%BC\"", "a/b name=\u00fc")]
    [InlineData("a/b; a=1; a=2", "a/b a=1")]
    [InlineData("", "")]
    [InlineData(";;;", "")]
    public void Parameters_are_read(string text, string expected)
    {
        var field = ContentField.Parse(text);
        Assert.Equal(expected, string.Join(' ', field.Parameters.Select(each => $"{each.Key}={each.Value}").Prepend(field.Value)));
    }

    [Fact]
    public void Pieces_of_parameters_are_bounded()
    {
        var field = ContentField.Parse("a/b" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"; t*{i}=x")));
        Assert.True(field.HasTooMany);
        Assert.Equal(500, field["t"]!.Length);
    }

    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\windows\\system32\\cmd.exe", "cmd.exe")]
    [InlineData("a\0b\r\nc\u007f.txt", "abc.txt")]
    [InlineData("invoice\u202efdp.exe", "invoicefdp.exe")]
    [InlineData("a\u200bb\ufeff.txt", "ab.txt")]
    [InlineData("a<b>:\"|?*.txt", "a_b______.txt")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.txt", "_nul.txt")]
    [InlineData("COM1.tar.gz", "_COM1.tar.gz")]
    [InlineData("console.txt", "console.txt")]
    [InlineData(" .. ", null)]
    [InlineData("...", null)]
    [InlineData("/", null)]
    [InlineData("", null)]
    [InlineData("trailing. . ", "trailing")]
    [InlineData("\u00dcbersicht \u65e5\u672c.txt", "\u00dcbersicht \u65e5\u672c.txt")]
    public void File_names_are_safe(string given, string? expected) => Assert.Equal(expected, SafeFileName.Of(given));

    [Fact]
    public void Long_file_names_keep_their_extension()
    {
        var name = SafeFileName.Of(string.Concat(Enumerable.Repeat("\ud83d\ude00", 500)) + ".pdf")!;
        Assert.EndsWith("\ude00.pdf", name, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name), 200, 240);
    }

    [Fact]
    public void Addresses_are_those_of_the_other_parser()
    {
        string[] otherwise =
        [
            "a nice", // comments inside of addresses are left out of names here
            "some people", "(comment)", "start)", // comments are the name only where there is no other
            "machine(", "?= b\\\"", "jdoe@test", // blanks around dots are closed up here (RFC 5322 4.4)
            "@node.test", // a route is left out here (RFC 5322 4.4)
            "iso-8859-8", "invalid@address", "not allowed", "james smythe", "=?iso-8859-1?q =?", "s. nig",
        ];
        var compared = 0;
        foreach (var row in Table("address").Where(row => !otherwise.Any(each => row.GetProperty("header").GetString()!.Contains(each, StringComparison.OrdinalIgnoreCase))))
        {
            List<HeaderAddress> addresses = [];
            AddressList.Read(row.GetProperty("header").GetString()!.ReplaceLineEndings("").Trim(), addresses, 1000);
            var expected = row.GetProperty("expected").EnumerateObject().Single();
            var list = expected.Name == "List" ? expected.Value.EnumerateArray() : expected.Value.EnumerateArray().SelectMany(each => each.GetProperty("addresses").EnumerateArray());
            Assert.Equal(list.Select(each => $"{each.GetProperty("name")}|{each.GetProperty("address")}"), addresses.Select(each => $"{each.Name}|{each.Address}"));
            compared++;
        }

        Assert.InRange(compared, 40, 60);
    }

    [Theory]
    [InlineData("Mary Smith <@node.test,@b.test:mary@example.net>", "Mary Smith|mary@example.net")]
    [InlineData("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|pete@silly.test")]
    [InlineData("jdoe@test  . example", "|jdoe@test.example")]
    [InlineData("=?utf-8?q?Smith=2C_A?= <a@x.test>, b@x.test", "Smith, A|a@x.test;|b@x.test")]
    [InlineData("\"=?utf-8?q?=C3=BC?=\" <a@x.test>", "\u00fc|a@x.test")]
    [InlineData("<\"a>b\"@x.test>", "|\"a>b\"@x.test")]
    [InlineData("A <a@x.test> B <b@x.test>", "A|a@x.test;B|b@x.test")]
    [InlineData("<a@x.test> A", "A|a@x.test")]
    [InlineData("List 1: a@x.test; List 2: b@x.test; c@x.test", "|a@x.test;|b@x.test;|c@x.test")]
    public void Addresses_in_odd_forms_are_read(string text, string expected)
    {
        List<HeaderAddress> addresses = [];
        AddressList.Read(text, addresses, 10);
        Assert.Equal(expected, string.Join(';', addresses.Select(each => $"{each.Name}|{each.Address}")));
    }

    [Fact]
    public void Dates_are_those_of_the_other_parser()
    {
        string[] otherwise = ["20 11", "4 8 15", "invalid)", "by 2002"]; // months as numbers, numbers that are no date, a line break that is no folding, another field
        var compared = 0;
        foreach (var row in Table("date").Where(row => !otherwise.Any(row.GetProperty("header").GetString()!.Contains)))
        {
            var text = row.GetProperty("header").GetString()!;
            var isRead = HeaderDate.TryParse(text.ReplaceLineEndings("").Trim(), out var date);
            var expected = row.GetProperty("expected");
            if (expected.ValueKind == JsonValueKind.Null)
            {
                Assert.False(isRead, text);
                continue;
            }

            int Number(string name) => expected.GetProperty(name).GetInt32();
            TimeSpan zone = new(Number("tz_hour"), Number("tz_minute"), 0);
            DateTimeOffset when = new(new DateTime(Number("year"), Number("month"), Number("day"), Number("hour"), Number("minute"), Number("second")), expected.GetProperty("tz_before_gmt").GetBoolean() ? -zone : zone);
            Assert.Equal($"{text}: {when:o}", $"{text}: {date:o}");
            compared++;
        }

        Assert.InRange(compared, 30, 40);
    }

    [Theory]
    [InlineData("Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30")]
    [InlineData("1 Jul 2003 ((tricky) comment) 10:52:37 +0200", "2003-07-01T10:52:37+02:00")]
    [InlineData("Fri, 21 Nov 1997 09(comment):55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("Fri, 21 Nov 1997 09 : 55 : 06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("Friday, 21 November 1997 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("Fri 21 Nov 1997 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("Fri Nov 21 09:55:06 1997", "1997-11-21T09:55:06+00:00")]
    [InlineData("Fri, 21-Nov-97 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("Fri, 21 Nov 1997 09:55:06 +01:00", "1997-11-21T09:55:06+01:00")]
    [InlineData("Fri, 21 Nov 1997 09.55.06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00")]
    [InlineData("2026-11-23 10:00:00 +0100", "2026-11-23T10:00:00+01:00")]
    [InlineData("some numbers 0 1 2 but invalid", null)]
    [InlineData("Fri, 21 Nov 19970000000 09:55:06 GMT", null)]
    public void Dates_in_odd_forms_are_read(string text, string? expected) =>
        Assert.Equal(expected is null ? (DateTimeOffset?)null : DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), HeaderDate.TryParse(text, out var date) ? (DateTimeOffset?)date : null);

    private static JsonElement[] Table(string name)
    {
        using var document = JsonDocument.Parse(Corpus.Read($"stalwart-mail-parser/fields/{name}.json"));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
