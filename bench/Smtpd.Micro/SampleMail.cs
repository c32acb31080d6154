using System.Text;

namespace Smtpd.Micro;

/// <summary>Messages that are the same in every run.</summary>
internal static class SampleMail
{
    private const string Fields = "From: Sender <sender@client.test>\r\nTo: User <user1@example.test>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@client.test>\r\nMIME-Version: 1.0\r\n";

    /// <summary>As it comes on the wire, the end included.</summary>
    public static byte[] Content(int octets, bool stuffed) => Encoding.ASCII.GetBytes(Fields + "\r\n" + SampleText.Lines(octets - Fields.Length, stuffed ? ".." : "") + ".\r\n");

    public static byte[] Plain(int octets) => Encoding.ASCII.GetBytes(
        Fields + "Subject: plain text\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + SampleText.Lines(octets - Fields.Length));

    /// <param name="octets">Of the attachment, decoded.</param>
    public static byte[] WithAttachment(int octets)
    {
        var file = new byte[octets];
        new Random(1).NextBytes(file);
        return Encoding.ASCII.GetBytes(
            Fields + "Subject: an attachment\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n"
            + "--b1\r\nContent-Type: text/plain\r\n\r\n" + SampleText.Lines(1024)
            + "--b1\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + Base64Lines(file) + "\r\n--b1--\r\n");
    }

    /// <param name="paragraphs">Of some 200 octets each.</param>
    public static byte[] Html(int paragraphs)
    {
        StringBuilder mail = new();
        mail.Append("From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@client.test>\r\n")
            .Append("To: =?utf-8?B?w4Ryem1hbm4=?= <a@example.test>, =?iso-8859-1?Q?Andr=E9?= <b@example.test>\r\n")
            .Append("Cc: =?utf-8?Q?B=C3=BCcherei?= <c@example.test>\r\n")
            .Append("Subject: =?utf-8?Q?Ihre_Bestellung_=E2=80=93_gr=C3=B6=C3=9Fere?=\r\n =?utf-8?Q?_=C3=9Cberraschung?=\r\n")
            .Append("X-Note: =?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=\r\n")
            .Append("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <2@client.test>\r\nMIME-Version: 1.0\r\n")
            .Append("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><head><title>Bestellung</title></head><body>\r\n");
        for (var i = 0; i < paragraphs; i++)
        {
            mail.Append("<p class=3D\"text\">Gr=C3=BC=C3=9Fe aus <b>K=C3=B6ln</b>: <a href=3D\"https://shop.=\r\n")
                .Append("example.test/order?id=3D1\">Ihre Bestellung</a> ist unterwegs &amp; kommt bald; =\r\n")
                .Append("bitte halten Sie Kleingeld bereit.</p>\r\n");
        }

        return Encoding.ASCII.GetBytes(mail.Append("</body></html>\r\n").ToString());
    }

    private static string Base64Lines(byte[] octets) => string.Join("\r\n", Convert.ToBase64String(octets).Chunk(76).Select(line => new string(line)));
}
