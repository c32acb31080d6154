using System.Buffers;
using System.Text;

namespace Smtpd.Tests.Replies;

public sealed class SmtpReplyTests
{
    private static readonly EnhancedStatus Policy = new(5, 7, 1);

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("No\r\n250 2.0.0 yes", "No??250 2.0.0 yes")]
    [InlineData("a\nb\rc\0d", "a?b?c?d")]
    [InlineData("\x1b[2J\x07\x7f", "?[2J??")]
    [InlineData("a\u0085b\u2028c\u2029d", "a?b?c?d")]
    [InlineData("a\u202Eb\u200Bc", "a?b?c")]
    [InlineData("a\U000E0001b\U0001F600c", "a??b\U0001F600c")]
    [InlineData("tab\there", "tab?here")]
    [InlineData("{0} %s %n", "{0} %s %n")]
    [InlineData("", "")]
    public void Text_is_made_safe(string text, string expected)
    {
        var reply = new SmtpReply(550, Policy, text);

        Assert.Equal([expected], reply.Lines);
        Assert.Equal($"550 5.7.1 {expected}", reply.ToString());
        Assert.Equal($"550 5.7.1 {expected}\r\n", Wire(reply, utf8: true));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_made_safe() => Assert.Equal(["a?b?"], new SmtpReply(550, Policy, $"a{'\uD83D'}b{'\uDE00'}").Lines);

    [Fact]
    public void Text_beyond_ASCII_needs_SMTPUTF8()
    {
        var reply = new SmtpReply(550, Policy, "Grüße 😀");

        Assert.Equal("550 5.7.1 Grüße 😀\r\n", Wire(reply, utf8: true));
        Assert.True(Wire(reply, utf8: false).All(char.IsAscii));
        Assert.StartsWith("550 5.7.1 Gr?", Wire(reply, utf8: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('x', 5000)]
    [InlineData('é', 3000)]
    [InlineData('語', 3000)]
    public void A_long_text_is_broken_into_lines_of_at_most_512_octets(char character, int length)
    {
        var words = string.Join(' ', Enumerable.Repeat(new string(character, 70), length / 70)) + new string(character, 1200);
        var reply = new SmtpReply(550, new EnhancedStatus(5, 999, 999), words);
        var lines = Wire(reply, utf8: true).Split("\r\n")[..^1];

        Assert.All(lines, line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 510, line));
        Assert.All(lines[..^1], line => Assert.StartsWith("550-5.999.999 ", line, StringComparison.Ordinal));
        Assert.StartsWith("550 5.999.999 ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(words.Count(c => c == character), lines.Sum(line => line.Count(c => c == character)));
    }

    [Fact]
    public void A_surrogate_pair_is_not_broken()
    {
        var reply = new SmtpReply(550, Policy, "a" + string.Concat(Enumerable.Repeat("😀", 500)));

        Assert.Equal(1000, reply.Lines.Sum(line => line.Count(char.IsSurrogate)));
        Assert.All(reply.Lines, line => Assert.False(char.IsLowSurrogate(line[0])));
    }

    [Fact]
    public void Lines_of_one_reply()
    {
        Assert.Equal("550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n", Wire(new SmtpReply(550, Policy, "one", "two", "three"), utf8: false));
        Assert.Equal("250 \r\n", Wire(new SmtpReply(250, EnhancedStatus.None), utf8: false));
        Assert.Equal("354 go on\r\n", Wire(new SmtpReply(354, "go on"), utf8: false));
    }

    [Theory]
    [InlineData(199)]
    [InlineData(600)]
    [InlineData(-1)]
    [InlineData(65786)]
    public void A_code_is_of_three_digits(int code) => Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpReply(code, "x"));

    [Theory]
    [InlineData(250, 5)]
    [InlineData(550, 2)]
    [InlineData(450, 5)]
    [InlineData(354, 2)]
    public void The_status_is_of_the_class_of_the_code(int code, int statusClass) =>
        Assert.Throws<ArgumentException>(() => new SmtpReply(code, new EnhancedStatus(statusClass, 0, 0), "x"));

    [Theory]
    [InlineData(250, false)]
    [InlineData(450, false)]
    [InlineData(554, false)]
    [InlineData(221, true)]
    [InlineData(421, true)]
    public void Some_codes_close(int code, bool closes)
    {
        Assert.Equal(closes, new SmtpReply(code, "x").ClosesConnection);
        Assert.True(new SmtpReply(code, "x").AndClose().ClosesConnection);
    }

    [Fact]
    public void Continue_is_the_default()
    {
        Assert.True(default(SmtpReply).IsContinue);
        Assert.Equal(SmtpReply.Continue, default);
        Assert.True(SmtpReply.Continue.IsPositive);
        Assert.False(SmtpReply.Ok.IsContinue);
        Assert.Empty(SmtpReply.Continue.Lines);
        Assert.Throws<InvalidOperationException>(() => SmtpReply.Continue.AndClose());
    }

    [Theory]
    [InlineData("554 5.5.1 Error: no inbox for this email", 554, "5.5.1", "Error: no inbox for this email")]
    [InlineData("451 Server.OnNewMail not configured", 451, "", "Server.OnNewMail not configured")]
    [InlineData("250 2.0.0", 250, "2.0.0", "")]
    [InlineData("250", 250, "", "")]
    [InlineData("250 ", 250, "", "")]
    [InlineData("550 2.0.0 not of its class", 550, "", "2.0.0 not of its class")]
    [InlineData("550 5.1.1\r\n250 ok", 550, "", "5.1.1??250 ok")]
    public void Parses_a_line(string text, int code, string status, string rest)
    {
        var reply = SmtpReply.Parse(text);

        Assert.Equal(code, reply.Code);
        Assert.Equal(status, reply.Enhanced.ToString());
        Assert.Equal([rest], reply.Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("55")]
    [InlineData("5x0 no")]
    [InlineData("+50 no")]
    [InlineData("1234 no")]
    [InlineData("250-no")]
    [InlineData("099 no")]
    [InlineData("hello")]
    public void Refuses_what_is_no_reply(string text) => Assert.Throws<FormatException>(() => SmtpReply.Parse(text));

    [Theory]
    [InlineData("2.0.0", true)]
    [InlineData("5.999.999", true)]
    [InlineData("4.3.1", true)]
    [InlineData("3.0.0", false)]
    [InlineData("5.1000.0", false)]
    [InlineData("5.1", false)]
    [InlineData("5.1.1.1", false)]
    [InlineData("5..1", false)]
    [InlineData("5.1.", false)]
    [InlineData("5.+1.1", false)]
    [InlineData(" 5.1.1", false)]
    [InlineData("5.1.1 ", false)]
    [InlineData("٥.1.1", false)]
    [InlineData("", false)]
    public void Enhanced_status(string text, bool valid)
    {
        Assert.Equal(valid, EnhancedStatus.TryParse(text, out var status));
        Assert.Equal(valid ? text : string.Empty, status.ToString());
    }

    private static string Wire(SmtpReply reply, bool utf8)
    {
        var output = new ArrayBufferWriter<byte>();
        reply.WriteTo(output, utf8);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
