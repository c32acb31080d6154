using System.Text;
using Smtpd.Testing;

namespace Smtpd.Hosting.Tests.Testing;

public sealed class MessageTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße")]
    [InlineData("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße")]
    [InlineData("=?iso-8859-1?q?Gr=FC=DFe?= Ann", "Grüße Ann")]
    [InlineData("Re: =?utf-8?Q?a_b?= =?utf-8?Q?c?= d", "Re: a bc d")]
    [InlineData("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü")]
    [InlineData("=?utf-8?Q?a?= =?iso-8859-1?Q?=FC?=", "aü")]
    [InlineData("=?utf-8*de?Q?a?=", "a")]
    [InlineData("=?nonsense?Q?a?=", "a")]
    [InlineData("=?utf-8?B?!!?=", "!!")]
    [InlineData("=?utf-8?Q?=4", "=?utf-8?Q?=4")]
    public void Encoded_words_are_decoded(string field, string expected) => Assert.Equal(expected, EncodedWords.Decode(field));

    [Theory]
    [InlineData("A: 1\r\nB: 2\r\n\r\nbody", "A=1;B=2", "body")]
    [InlineData("A: 1\n 2\n\tthree\nB:\n\nbody\n", "A=1 2\tthree;B=", "body\n")]
    [InlineData("no field\r\nA : 1\r\n\r\n", "A=1", "")]
    [InlineData("A: 1", "A=1", "")]
    [InlineData("", "", "")]
    [InlineData("\r\nbody", "", "body")]
    [InlineData("Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=\"iso-8859-1\"\r\n\r\n=FC=\r\n=3D=zz=", "2 fields", "ü==zz=")]
    [InlineData("Content-Transfer-Encoding: BASE64\r\n\r\nSGVs\r\nbG8=\r\n", "1 fields", "Hello")]
    [InlineData("Content-Transfer-Encoding: base64\r\n\r\nnot!", "1 fields", "not!")]
    public void Header_and_text_are_read(string message, string fields, string body)
    {
        var text = new MessageText(Encoding.Latin1.GetBytes(message));

        var read = string.Join(';', text.Headers.Select(field => $"{field.Key}={field.Value}"));
        Assert.Equal(fields, fields.EndsWith(" fields", StringComparison.Ordinal) ? $"{text.Headers.Count} fields" : read);
        Assert.Equal(body, text.Body);
    }
}
