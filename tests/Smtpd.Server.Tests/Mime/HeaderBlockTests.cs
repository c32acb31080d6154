using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

public sealed class HeaderBlockTests
{
    [Fact]
    public void Fields_are_unfolded_and_the_first_one_counts()
    {
        var summary = Read("subject: one\r\n two\r\n\tthree\r\nSubject: other\r\nMessage-ID: <a@b>\r\n\r\nSubject: body\r\n");
        Assert.Equal(("one two\tthree", "a@b"), (summary.Subject, summary.MessageId));
    }

    [Theory]
    [InlineData("Subject: x")]
    [InlineData("Subject: x\n\nbody")]
    [InlineData("Subject : x\r\n\r\n")]
    [InlineData("From someone@x.test Mon\r\nSubject: x\r\n")]
    [InlineData("no colon\r\n folded\r\nSubject: x\r\n")]
    [InlineData(": empty name\r\nSubject: x\r\n")]
    [InlineData("Subject: x\r\n\r\n\r\nSubject: y")]
    public void What_is_not_quite_right_is_read_all_the_same(string text) => Assert.Equal("x", Read(text).Subject);

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\r\nSubject: body")]
    [InlineData("X: y")]
    public void What_is_not_there_is_nothing(string text)
    {
        var summary = Read(text);
        Assert.Equal((null, null, null, null), (summary.Subject, summary.From, summary.Date, summary.MessageId));
        Assert.Empty(summary.To);
    }

    [Fact]
    public void Utf8_is_read_and_anything_else_is_latin1()
    {
        Assert.Equal("Gr\u00fc\u00dfe", HeaderBlock.Read("Subject: Gr\u00fc\u00dfe"u8).Subject);
        Assert.Equal("Gr\u00fc\u00dfe", HeaderBlock.Read(Encoding.Latin1.GetBytes("Subject: Gr\u00fc\u00dfe")).Subject);
        Assert.Equal("x", Read("Subject: =?utf-8?q?x?=").Subject);
    }

    [Theory]
    [InlineData("a@x.test", "|a@x.test")]
    [InlineData("A B <a@x.test>", "A B|a@x.test")]
    [InlineData("\"B, \\\"A\\\"\" <a@x.test>, c@x.test", "B, \"A\"|a@x.test;|c@x.test")]
    [InlineData("a@x.test (Ann (really) B)", "Ann (really) B|a@x.test")]
    [InlineData("friends: a@x.test, B <b@x.test>;, c@x.test", "|a@x.test;B|b@x.test;|c@x.test")]
    [InlineData("undisclosed-recipients:;", "")]
    [InlineData("<a@x.test", "|a@x.test")]
    [InlineData("\"open <a@x.test>", "open <a@x.test>|")]
    [InlineData(" , ,", "")]
    [InlineData("(((((", "")]
    public void Addresses_are_taken_apart(string text, string expected) => Assert.Equal(
        expected.Split(';', StringSplitOptions.RemoveEmptyEntries), Read($"To: {text}\r\n").To.Select(each => $"{each.Name}|{each.Address}"));

    [Theory]
    [InlineData("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("21 Nov 97 09:55 GMT", "1997-11-21T09:55:00+00:00")]
    [InlineData("1 jan 2026 00:00:60 +0530 (comment)", "2026-01-01T00:00:59+05:30")]
    [InlineData("Tue, 1 Jul 2003 10:52:37 EST", "2003-07-01T10:52:37-05:00")]
    [InlineData("Tue, 1 Jul 2003 10:52:37", "2003-07-01T10:52:37+00:00")]
    [InlineData("31 Feb 2026 00:00:00 +0000", null)]
    [InlineData("1 Jan 2026 24:00:00 +0000", null)]
    [InlineData("1 Jan 2026 00:00:00 +9999", null)]
    [InlineData("yesterday", null)]
    public void Dates_are_read_in_their_forms(string text, string? expected) => Assert.Equal(
        expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Read($"Date: {text}\r\n").Date);

    [Fact]
    public void Dates_written_are_read_back()
    {
        DateTimeOffset date = new(2026, 3, 4, 5, 6, 7, TimeSpan.FromMinutes(-210));
        Assert.Equal("Wed, 4 Mar 2026 05:06:07 -0330", HeaderDate.Format(date));
        Assert.True(HeaderDate.TryParse(HeaderDate.Format(date), out var again));
        Assert.Equal(date, again);
    }

    [Fact]
    public void Only_so_much_is_looked_at()
    {
        var far = new string('x', HeaderBlock.MaximumLength) + "\r\nSubject: far\r\n";
        Assert.Null(Read("X: " + far).Subject);
        Assert.Equal(2000, Read("Subject: " + far).Subject!.Length);
        Assert.Equal(1000, Read("To: " + string.Concat(Enumerable.Repeat("a@b,", 15_000))).To.Count);
    }

    // Any octets, and octets that look like header fields: nothing throws, whatever it says.
    [Fact]
    public void Nothing_throws()
    {
        string[] words = ["Subject:", "To:", "Date:", "From:", "\r\n", "\n", "\r", " ", "<", ">", "\"", "\\", "(", ")", ",", ";", ":", "@", "a", "1", "Jan", "+0000", "\u00fc", "\ud83d\ude00"];
        var text = Gen.Elements(words).ArrayOf().Select(each => Encoding.UTF8.GetBytes(string.Concat(each)));
        var octets = ArbMap.Default.ArbFor<byte[]>().Generator;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Gen.OneOf(text, octets).ToArbitrary(), each => HeaderBlock.Read(each) is not null));
    }

    private static HeaderSummary Read(string text) => HeaderBlock.Read(Encoding.UTF8.GetBytes(text));
}
