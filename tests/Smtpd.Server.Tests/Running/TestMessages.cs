using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Messages to send.</summary>
internal static class TestMessages
{
    public static byte[] Text(string subject, string body = "Hello\r\n") =>
        Encoding.UTF8.GetBytes($"From: A <a@x.test>\r\nTo: b@y.test\r\nSubject: {subject}\r\n\r\n{body}");

    /// <summary>Lines of every octet but CR, LF and NUL, many of them beginning with a dot; ends with CRLF.</summary>
    public static byte[] Large(string subject, int size)
    {
        var message = new byte[size];
        var head = Text(subject, "");
        head.CopyTo(message, 0);
        Random random = new(size);
        for (var at = head.Length; at < size;)
        {
            var line = Math.Min(random.Next(0, 900), size - at - 2);
            for (var i = 0; i < line; i++)
            {
                var octet = (byte)random.Next(1, 256);
                message[at++] = octet is (byte)'\r' or (byte)'\n' ? (byte)'.' : octet;
            }

            if (line > 0 && random.Next(4) == 0)
                message[at - line] = (byte)'.';
            if (at + 2 == size - 1)
                message[at++] = (byte)'x'; // so that the last line break fits exactly
            message[at++] = (byte)'\r';
            message[at++] = (byte)'\n';
        }

        return message;
    }
}
