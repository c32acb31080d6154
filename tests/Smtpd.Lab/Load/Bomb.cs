using System.Globalization;
using System.Text;

namespace Smtpd.Lab.Load;

/// <summary>A message made to cost time or memory, in pieces: the largest is a gigabyte.</summary>
/// <param name="Reply">What is said to it, at its end or before.</param>
internal sealed record Bomb(string Name, string Reply, IEnumerable<byte[]> Pieces)
{
    public static IReadOnlyList<Bomb> All { get; } =
    [
        Taken("multiparts 10,000 deep", Deep()),
        Taken("messages in messages, 10,000 deep", Repeat("Content-Type: message/rfc822\r\n\r\n", 10_000)),
        Taken("100,000 parts", ["Content-Type: multipart/mixed; boundary=x\r\n\r\n", .. Repeat("--x\r\n\r\na\r\n", 100_000), "--x--\r\n"]),
        Refused("a header line of 10 MB", "554 5.6.0", ["X: ", .. Repeat(new string('x', 1000), 10_000), "\r\n\r\nbody\r\n"]),
        Taken("a folded header field of 10 MB", ["X: a", .. Repeat("\r\n " + new string('x', 900), 11_000), "\r\n\r\nbody\r\n"]),
        Taken("1,000,000 header fields", [.. Repeat("a:\r\n", 1_000_000), "\r\nbody\r\n"]),
        Taken("quoted-printable, all of it escapes", ["Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", .. Repeat(string.Concat(Enumerable.Repeat("=E3=81=82", 8)) + "=\r\n", 130_000)]),
        Taken("RFC 2047 words without end", ["Subject:", .. Repeat(" =?utf-8?q?=E3=81=82?=\r\n", 400_000), "\r\nbody\r\n"]),
        Taken("a charset that it is not", ["Content-Type: text/plain; charset=utf-16be\r\n\r\n", .. Repeat(new string('\u00d8', 900) + "\r\n", 10_000)]),
        Taken("a charset of escapes", ["Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", .. Repeat("\u001b$B!!\u001b(B\u001b$B!!\u001b(B\r\n", 500_000)]),
        Taken("html, nested without end", ["Content-Type: text/html\r\n\r\n", .. Repeat("<table><tr><td><div><b><i>\r\n", 400_000)]),
        Taken("boundaries that almost are some", ["Content-Type: multipart/mixed; boundary=" + new string('b', 60) + "\r\n\r\n", .. Repeat("--" + new string('b', 59) + "\r\n", 200_000)]),
        Refused("1 GB of base64", "552 5.3.4", ["Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n", .. Repeat(new string('A', 76) + "\r\n", 1 << 30 >> 6)]),
    ];

    private static Bomb Taken(string name, IEnumerable<string> texts) => new(name, "250", Join(texts));

    private static Bomb Refused(string name, string reply, IEnumerable<string> texts) => new(name, reply, Join(texts));

    private static IEnumerable<string> Repeat(string text, int times) => Enumerable.Repeat(text, times);

    private static IEnumerable<string> Deep()
    {
        yield return "Content-Type: multipart/mixed; boundary=b0\r\n\r\n";
        for (var i = 0; i < 10_000; i++)
            yield return string.Create(CultureInfo.InvariantCulture, $"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n");
    }

    private static IEnumerable<byte[]> Join(IEnumerable<string> texts)
    {
        StringBuilder block = new();
        foreach (var each in texts)
        {
            block.Append(each);
            if (block.Length < 60_000)
                continue;
            yield return Encoding.Latin1.GetBytes(block.ToString());
            block.Clear();
        }

        yield return Encoding.Latin1.GetBytes(block.ToString());
    }
}
