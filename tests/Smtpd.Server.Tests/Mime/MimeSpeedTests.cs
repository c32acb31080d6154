using System.Diagnostics;
using System.Globalization;
using System.Text;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

/// <summary>What reading costs. The bounds are wide, for busy machines and debug builds; the output has the figures.</summary>
public sealed class MimeSpeedTests(ITestOutputHelper output)
{
    [Fact]
    public void A_message_of_four_kilobytes_is_read_within_milliseconds()
    {
        StringBuilder text = new("Return-Path: <bounce@news.example>\nReceived: from mx1.example (mx1.example [192.0.2.1])\n\tby mx2.example with ESMTPS id 4F5D8A\n\tfor <anna@example.test>; Mon, 23 Nov 2026 09:00:01 +0000\n");
        text.Append("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=news.example; s=k1;\n\th=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb=").Append('A', 300).Append('\n');
        text.Append("From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <juergen@news.example>\nTo: Anna <anna@example.test>, \"Berg, Otto\" <otto@example.test>\nSubject: =?utf-8?b?SWhyZSBCZXN0ZWxsdW5nIGlzdCBhdWYgZGVtIFdlZyDinJQ=?=\n");
        text.Append("Date: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <1@news.example>\nMIME-Version: 1.0\nList-Unsubscribe: <https://news.example/u/1>\nX-Mailer: test\nContent-Type: multipart/alternative; boundary=\"b1\"\n\n");
        text.Append("--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n");
        for (var i = 0; i < 12; i++)
            text.Append(CultureInfo.InvariantCulture, $"Zeile {i}: Gr=C3=BC=C3=9Fe aus K=C3=B6ln, und noch ein paar Worte dazu.=20\n");
        text.Append("--b1\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<html><body>\n");
        for (var i = 0; i < 18; i++)
            text.Append(CultureInfo.InvariantCulture, $"<p style=3D\"margin: 0\">Zeile {i}: Gr=C3=BC=C3=9Fe aus <b>K=C3=B6ln</b>, und noch ein paar.</p>=\n");
        var message = Mail.Octets(text.Append("</body></html>\n--b1--\n").ToString());
        Assert.InRange(message.Length, 3500, 5000);
        Measure("whole message of 4 KB", message, 5000, octets => MimeReader.Read(octets, cancellationToken: TestContext.Current.CancellationToken), TimeSpan.FromMilliseconds(10));
        Measure("header on the way in", message, 20_000, octets => HeaderBlock.Read(octets), TimeSpan.FromMilliseconds(5));
    }

    [Theory]
    [InlineData("base64")]
    [InlineData("quoted-printable")]
    [InlineData("binary")]
    public void Twenty_megabytes_of_attachment_are_read_within_seconds(string encoding)
    {
        var content = new byte[15_000_000];
        new Random(1).NextBytes(content);
        var body = encoding switch
        {
            "base64" => Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks),
            _ => string.Concat(Enumerable.Repeat("Gr=C3=BC=C3=9Fe und noch ein paar Worte mehr, damit die Zeile voll wird.=\r\n", 270_000)),
        };
        var message = Encoding.ASCII.GetBytes($"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n--x--\r\n");
        Measure($"20 MB of {encoding}", message, 3, octets => MimeReader.Read(octets, cancellationToken: TestContext.Current.CancellationToken), TimeSpan.FromSeconds(5));
    }

    private void Measure(string what, byte[] message, int times, Action<byte[]> read, TimeSpan bound)
    {
        for (var i = 0; i < times / 5 + 1; i++)
            read(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(message);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var each = TimeSpan.MaxValue; // of the fastest batch: others have work for this machine as well
        var batch = Math.Min(times, 50);
        for (var i = 0; i < times; i += batch)
        {
            var clock = Stopwatch.StartNew();
            for (var j = 0; j < batch; j++)
                read(message);
            each = clock.Elapsed / batch < each ? clock.Elapsed / batch : each;
        }

        output.WriteLine($"{what}: {message.Length:N0} octets, {each.TotalMicroseconds:N1} µs, {message.Length / each.TotalSeconds / 1e6:N0} MB/s, {allocated:N0} octets allocated");
        Assert.True(each < bound, $"{what}: {each}");
    }
}
