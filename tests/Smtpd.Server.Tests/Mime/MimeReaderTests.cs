using System.Text;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

public sealed class MimeReaderTests
{
    [Fact]
    public void A_message_is_told_in_short()
    {
        var message = Mail.Read("""
            From: =?utf-8?q?J=C3=BCrgen?= <j@x.test>
            Reply-To: Support <s@x.test>
            To: friends: a@x.test, B <b@x.test>;
            Cc: c@x.test
            Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
            Date: Mon, 23 Nov 2026 10:00:00 +0100
            Message-ID: <1@x.test>
            In-Reply-To: <0@x.test>
            References: <a@x.test> <0@x.test>

            Hello,

            this   is it.
            """);
        var summary = message.Summary;
        Assert.Equal(("Gr\u00fc\u00dfe", "1@x.test", new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.FromHours(1))), (summary.Subject, summary.MessageId, summary.Date));
        Assert.Equal(new HeaderAddress("J\u00fcrgen", "j@x.test"), summary.From);
        Assert.Equal([new HeaderAddress("Support", "s@x.test")], summary.ReplyTo);
        Assert.Equal([new HeaderAddress("", "a@x.test"), new HeaderAddress("B", "b@x.test")], summary.To);
        Assert.Equal(["0@x.test"], summary.InReplyTo);
        Assert.Equal(["a@x.test", "0@x.test"], summary.References);
        Assert.Equal("Hello, this is it.", message.Snippet);
        Assert.Equal(new MimeHeader("Subject", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Gr\u00fc\u00dfe"), message.Headers[4]);
        Assert.Empty(message.Warnings);
    }

    [Fact]
    public void An_ordinary_message_with_everything_is_taken_apart()
    {
        var message = Mail.Read("""
            Content-Type: multipart/mixed; boundary=m

            --m
            Content-Type: multipart/alternative; boundary=a

            --a
            Content-Type: text/plain

            plain
            --a
            Content-Type: multipart/related; boundary=r; start="<root>"

            --r
            Content-Type: image/png
            Content-ID: <logo>
            Content-Transfer-Encoding: base64

            AQID
            --r
            Content-Type: text/html
            Content-ID: <root>

            <p>html</p>
            --r--
            --a--
            --m
            Content-Type: text/plain; name="notes.txt"
            Content-Disposition: attachment

            notes
            --m
            Content-Type: message/rfc822

            Subject: inner
            Content-Type: multipart/mixed; boundary=i

            --i

            inner text
            --i
            Content-Type: application/zip

            zip
            --i--
            --m
            Content-Type: application/ms-tnef; name=winmail.dat

            tnef
            --m--
            """);
        Assert.Equal(("plain", "<p>html</p>", "plain"), (message.Text, message.Html, message.Snippet));
        Assert.Equal(
            ["1 1.1.2.1  image/png 3 logo True", "2 1.2 notes.txt text/plain 5  False", "3 1.3  message/rfc822 128  False", "4 1.4 winmail.dat application/ms-tnef 4  False"],
            message.Attachments.Select(each => $"{each.Index} {each.Path} {each.FileName} {each.ContentType} {each.Size} {each.ContentId} {each.Inline}"));
        Assert.Equal("1 1.1 1.1.1 1.1.2 1.1.2.1 1.1.2.2 1.2 1.3 1.3.1 1.3.1.1 1.3.1.2 1.4", string.Join(' ', Mail.Parts(message.Root).Select(each => each.Path)));
        Assert.Equal("inner", message.Root.Children[2].Children[0].Headers[0].Value);
    }

    [Theory]
    [InlineData("utf8", "47 72 c3 bc", "Gr\u00fc")]
    [InlineData("us-ascii", "47 72 c3 bc", "Gr\u00fc")]
    [InlineData("us-ascii", "47 72 fc", "Gr\u00fc")]
    [InlineData("iso-8859-1", "93 47 94", "\u201cG\u201d")]
    [InlineData("no-such", "47 72 fc", "Gr\u00fc")]
    [InlineData("../../etc/passwd", "47", "G")]
    [InlineData("gb2312", "b2 e2 94 80", "\u6d4b\u6522")]
    [InlineData("x-gbk", "b2 e2", "\u6d4b")]
    [InlineData("ks_c_5601-1987", "c7 d1", "\ud55c")]
    [InlineData("iso-2022-jp", "1b 24 42 46 7c 1b 28 42", "\u65e5")]
    [InlineData("shift_jis", "93 fa", "\u65e5")]
    [InlineData("koi8-r", "cd c9 d2", "\u043c\u0438\u0440")]
    [InlineData("utf-16", "ff fe 41 00", "A")]
    [InlineData("utf-16", "00 41", "A")]
    [InlineData("utf-8", "ef bb bf 41 ff", "A\ufffd")]
    [InlineData("utf-8", "41 00 42", "A\ufffdB")]
    [InlineData("utf-7", "2b 41 44 77 2d", "+ADw-")]
    public void Charsets_are_those_that_senders_mean(string charset, string octets, string expected)
    {
        byte[] message = [.. Encoding.ASCII.GetBytes($"Content-Type: text/plain; charset=\"{charset}\"\r\n\r\n"), .. Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal))];
        var read = Mail.Read(message);
        Assert.Equal(expected, read.Text);
        Assert.Equal(charset is "no-such" or "utf-7" or "../../etc/passwd", Mail.Codes(read).Contains("charset"));
    }

    [Fact]
    public void Html_may_name_its_charset_itself() =>
        Assert.Equal("<meta charset=koi8-r>\u043c", Mail.Read([.. "Content-Type: text/html\r\n\r\n<meta charset=koi8-r>"u8, 0xcd]).Html);

    [Fact]
    public void Raw_header_fields_are_read_in_the_charset_of_the_text()
    {
        byte[] message = [.. "Subject: "u8, 0xcd, 0xc9, 0xd2, .. "\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\na\r\n--x--"u8];
        Assert.Equal("\u043c\u0438\u0440", Mail.Read(message).Summary.Subject);
    }

    [Theory]
    [InlineData("format=flowed", "a \nb\nc", "a b\nc")]
    [InlineData("format=flowed; delsp=yes", "a \nb", "ab")]
    [InlineData("format=flowed", "> a \n> b\n>> c \nd", "> a b\n>> c \nd")]
    [InlineData("format=flowed", " > stuffed\n  two", "> stuffed\n two")]
    [InlineData("format=flowed", "a \n-- \nsign", "a \n-- \nsign")]
    [InlineData("format=fixed", "a \nb", "a \nb")]
    public void Flowed_lines_are_joined(string parameters, string text, string expected) => Assert.Equal(expected, Mail.Read($"Content-Type: text/plain; {parameters}\n\n{text}").Text);

    [Theory]
    [InlineData("base64", "SGVsbG8=", "Hello")]
    [InlineData("base64", "SGV\r\nsbG8", "Hello")]
    [InlineData("BASE64", "S*G!V sbG8=", "Hello")]
    [InlineData("base64", "SGVsbG8=IQ==", "Hello!")]
    [InlineData("quoted-printable", "a=3Db=\r\nc  \r\nd", "a=b" + "c\nd")]
    [InlineData("quoted-printable", "a=3db= \t\r\nc=", "a=b" + "c")]
    [InlineData("quoted-printable", "a=b=4", "a=b=4")]
    [InlineData("quoted-printable", "a=20\r\nb", "a \nb")]
    [InlineData("x-uuencode", "begin 644 x\r\n%2&5L;&\\`\r\n`\r\nend\r\n", "Hello")]
    [InlineData("8bit", "a=3D", "a=3D")]
    [InlineData("no-such", "a=3D", "a=3D")]
    [InlineData("quoted-printable;", "a=3D", "a=")]
    public void Transfer_encodings_are_undone(string encoding, string text, string expected) => Assert.Equal(expected, Mail.Read($"Content-Transfer-Encoding: {encoding}\r\n\r\n{text}").Text);

    [Theory]
    [InlineData("Subject: a\r\nThis is text\r\nof a body", "This is text\nof a body", "no-separator")]
    [InlineData("Subject: a\r\nrubbish\r\nTo: b@x.test\r\n\r\nbody", "body", "header-garbage")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nbody", "body", "not-closed")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nbody\r\n--x--", "body", "no-separator")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\nbody", null, "no-boundary")]
    [InlineData("Content-Transfer-Encoding: base64\r\n\r\nYm9keQ", "body", "encoding")]
    [InlineData("Content-Transfer-Encoding: x\r\n\r\nbody", "body", "transfer-encoding")]
    [InlineData("Content-Disposition: inline; filename=\"../a\"\r\n\r\nbody", "body", "file-name")]
    [InlineData("Subject: =?utf-8?q?a\r\n\r\nbody", "body", "encoded-word")]
    public void What_is_wrong_is_told(string text, string? expected, string code)
    {
        var message = Mail.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, message.Text);
        Assert.Equal([code], Mail.Codes(message));
    }

    [Fact]
    public void An_encoded_message_is_an_attachment_that_can_be_read_in_turn()
    {
        var octets = Mail.Octets("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + Convert.ToBase64String("Subject: inner\r\n\r\ntext"u8) + "\n--x--");
        var message = Mail.Read(octets);
        Assert.Equal(["encoded-message"], Mail.Codes(message));
        Assert.Equal("inner", Mail.Read(Mail.Open(octets, Assert.Single(message.Attachments).Body)).Summary.Subject);
    }

    [Fact]
    public void Reports_are_text()
    {
        var message = Mail.Read("""
            Content-Type: multipart/report; report-type=delivery-status; boundary=x

            --x

            It failed.
            --x
            Content-Type: message/delivery-status

            Final-Recipient: rfc822; a@x.test
            --x
            Content-Type: text/rfc822-headers

            Subject: a
            --x--
            """);
        Assert.Equal("It failed.\nFinal-Recipient: rfc822; a@x.test", message.Text);
        Assert.Equal(["text/rfc822-headers"], message.Attachments.Select(each => each.ContentType));
    }

    [Fact]
    public void Parts_of_a_digest_are_messages()
    {
        var message = Mail.Read("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: one\n\ntext\n--x--");
        Assert.Equal(("message/rfc822", "one"), (message.Root.Children[0].ContentType, message.Root.Children[0].Children[0].Headers[0].Value));
        Assert.Null(message.Text);
    }

    [Theory]
    [InlineData("<style>p { color: red }</style><title>t</title><p>Hello&nbsp;<b>w</b>orld</p><script>x</script>", "Hello world")]
    [InlineData("<!-- a --> 1 &lt; 2<br>3 < 4", "1 < 2 3 < 4")]
    [InlineData("<p title=\"a > b\">c</p>d", "c d")]
    [InlineData("\u200b\u034f&#8203; preheader &unknown; &#0;&#xd800;", "preheader &unknown; &#xd800;")]
    [InlineData("<style>never closed <p>text", "")]
    public void Snippets_of_html_are_its_words(string html, string expected) => Assert.Equal(expected, Mail.Read("Content-Type: text/html\n\n" + html).Snippet);

    [Fact]
    public void Snippets_do_not_cut_a_character()
    {
        var snippet = Mail.Read("\n" + new string('a', 199) + "\ud83d\ude00").Snippet;
        Assert.Equal(new string('a', 199), snippet);
    }
}
