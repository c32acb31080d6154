using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

/// <summary>Messages that are made to cost time or memory. Each is read, in time that goes with its size, and says which bound it met.</summary>
public sealed class MimeBoundTests
{
    [Fact]
    public void Multiparts_ten_thousand_deep()
    {
        StringBuilder text = new("Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
        for (var i = 0; i < 10_000; i++)
            text.Append(CultureInfo.InvariantCulture, $"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n");
        var message = Bounded(text.ToString());
        Assert.Contains("depth", Mail.Codes(message));
        Assert.Equal(51, Mail.Parts(message.Root).Count());
        Assert.Single(message.Attachments); // what was not taken apart is still there to be had
    }

    [Fact]
    public void Messages_ten_thousand_deep()
    {
        var message = Bounded(string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\r\n\r\n", 10_000)));
        Assert.Contains("depth", Mail.Codes(message));
        Assert.Equal(51, Mail.Parts(message.Root).Count());
    }

    [Fact]
    public void A_hundred_thousand_parts()
    {
        var message = Bounded("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + string.Concat(Enumerable.Repeat("--x\r\n\r\na\r\n", 100_000)) + "--x--\r\n");
        Assert.Contains("parts", Mail.Codes(message));
        Assert.Equal(10_000, Mail.Parts(message.Root).Count());
    }

    [Fact]
    public void A_header_line_of_ten_megabytes()
    {
        var message = Bounded("Subject: a\r\nX: " + new string('x', 10_000_000) + "\r\nTo: b@x.test\r\n\r\nbody");
        Assert.Contains("header-size", Mail.Codes(message));
        Assert.Equal(("a", "body"), (message.Summary.Subject, message.Text));
    }

    [Fact]
    public void A_million_header_fields()
    {
        var message = Bounded("Subject: a\r\n" + string.Concat(Enumerable.Repeat("a:\r\n", 1_000_000)) + "\r\nbody");
        Assert.Equal(("a", "body"), (message.Summary.Subject, message.Text));
        Assert.Contains("header-fields", Mail.Codes(message));
        Assert.Equal(10_000, message.Headers.Count);
    }

    [Fact]
    public void A_boundary_under_a_header_that_is_too_long_is_seen()
    {
        var message = Bounded("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nX: " + new string('x', 600_000) + "\r\n--x\r\n\r\nbody\r\n--x--");
        Assert.Equal((2, "body"), (message.Root.Children.Count, message.Text));
    }

    [Theory]
    [InlineData("Subject: ", "=?")]
    [InlineData("Subject: ", "=?utf-8?q?")]
    [InlineData("Subject: ", "=?utf-8?q?=41?=")]
    [InlineData("Subject: ", "=?utf-8?b?QQ==?= ")]
    [InlineData("Subject: ", "=?a?q? ")]
    [InlineData("To: ", "(")]
    [InlineData("To: ", "<")]
    [InlineData("To: ", "\"")]
    [InlineData("To: ", "a@b,")]
    [InlineData("To: a@b", ":")]
    [InlineData("To: ", "a :")]
    [InlineData("To: ", "<\"")]
    [InlineData("To: ", " .")]
    [InlineData("To: x@y", " . @ ")]
    [InlineData("References: ", "<a> ")]
    [InlineData("References: ", "<")]
    [InlineData("Date: ", "(")]
    [InlineData("Date: ", "1 ")]
    [InlineData("Content-Type: ", "( ")]
    [InlineData("Content-Type: a", " b")]
    [InlineData("Content-Type: a", " ")]
    [InlineData("Content-Type: a/b", ";a")]
    [InlineData("Content-Type: a/b", ";a=b c=d")]
    [InlineData("Content-Type: a/b; name*0=a", ";name*1=b")]
    [InlineData("Content-Type: a/b; ", "\"=")]
    [InlineData("Content-Disposition: attachment; filename=", "../")]
    [InlineData("Content-Disposition: attachment; filename=", "\u202e")]
    [InlineData("X: ", "\r\n ")]
    [InlineData("no field", "\r\n x")]
    [InlineData("", "-")]
    [InlineData("", "x\r\n")]
    [InlineData("", "\r")]
    public void Header_fields_that_repeat_themselves(string field, string piece)
    {
        string Text(int size) => field + string.Concat(Enumerable.Repeat(piece, size / piece.Length)) + "\r\n\r\nbody";
        Linear(Text);
        var octets = Encoding.UTF8.GetBytes(Text(HeaderBlock.MaximumLength));
        var clock = Stopwatch.StartNew();
        HeaderBlock.Read(octets);
        Assert.True(clock.Elapsed < TimeSpan.FromMilliseconds(500), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData("text/plain", "", "--")]
    [InlineData("text/plain", "", "\r\n--")]
    [InlineData("multipart/mixed; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("multipart/mixed; boundary=a", "", "\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n")]
    [InlineData("text/plain", "quoted-printable", "= ")]
    [InlineData("text/plain", "quoted-printable", "=")]
    [InlineData("text/plain", "quoted-printable", " ")]
    [InlineData("text/plain", "quoted-printable", "=\r")]
    [InlineData("text/plain", "base64", "A=")]
    [InlineData("text/plain", "base64", "!A")]
    [InlineData("text/plain", "x-uuencode", "begin 6\n")]
    [InlineData("text/plain; format=flowed", "", "> \n")]
    [InlineData("text/plain; format=flowed", "", "> > x \n")]
    [InlineData("text/plain; charset=iso-2022-jp", "", "\u001b$B")]
    [InlineData("text/plain; charset=utf-16", "", "\ud83d\ude00")]
    [InlineData("text/html", "", "<")]
    [InlineData("text/html", "", "<!--")]
    [InlineData("text/html", "", "<style>")]
    [InlineData("text/html", "", "<a b='")]
    [InlineData("text/html", "", "&")]
    [InlineData("text/html", "", "&amp")]
    [InlineData("text/html", "", "<p>")]
    public void Bodies_that_repeat_themselves(string type, string encoding, string piece) =>
        Linear(size => $"Content-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n" + string.Concat(Enumerable.Repeat(piece, size / piece.Length)));

    [Fact]
    public void A_gigabyte_is_not_held()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using RepeatedStream stream = new("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\n\r\n"u8.ToArray(), 1 << 30);
        var message = MimeReader.Read(stream, cancellationToken: TestContext.Current.CancellationToken);
        Assert.InRange(message.Attachments.Single().Size, 1 << 30, (1L << 30) + 100);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }

    [Fact]
    public void Text_is_cut_where_the_limit_is()
    {
        MimeLimits limits = new() { TextCharacters = 1000 };
        var message = Mail.Read(Mail.Octets("Content-Type: text/html\n\n" + string.Concat(Enumerable.Repeat("\u3042\ud83d\ude00", 2000))), limits);
        Assert.InRange(message.Html!.Length, 999, 1000);
        Assert.False(char.IsHighSurrogate(message.Html[^1]));
        Assert.Contains("html-cut", Mail.Codes(message));
    }

    [Fact]
    public void Reading_ends_when_the_time_is_over()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        using RepeatedStream stream = new("Subject: a\r\n\r\n"u8.ToArray(), 100_000_000);
        var message = MimeReader.Read(stream, new() { Time = TimeSpan.FromSeconds(20) }, time, TestContext.Current.CancellationToken);
        Assert.Equal(["time"], Mail.Codes(message));
        Assert.Equal("a", message.Summary.Subject);
        Assert.InRange(message.Root.Size, 1, 10_000_000);
    }

    [Fact]
    public void A_reader_that_is_cancelled_stops()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => MimeReader.Read("Subject: a\r\n\r\n"u8, cancellationToken: cancelled.Token));
    }

    private static MimeMessage Bounded(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var message = Mail.Read(octets);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50L * octets.Length + 1_000_000);
        return message;
    }

    // Ten times the size may take ten times as long; squared it would be a hundred times. The floor keeps the noise of a busy machine out.
    private static void Linear(Func<int, string> text)
    {
        Bounded(text(20_000));
        var small = Fastest(Encoding.UTF8.GetBytes(text(100_000)));
        var large = Fastest(Encoding.UTF8.GetBytes(text(1_000_000)));
        Assert.True(large < TimeSpan.FromSeconds(1) || large < small * 40, $"{small} for 100,000 octets, {large} for 1,000,000");
    }

    private static TimeSpan Fastest(byte[] octets)
    {
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            Mail.Read(octets);
            fastest = clock.Elapsed < fastest ? clock.Elapsed : fastest;
        }

        return fastest;
    }

    private sealed class RepeatedStream(byte[] head, long length) : ForwardStream(Null)
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            if (_position < head.Length)
            {
                head.CopyTo(buffer);
                _position = head.Length;
                return head.Length;
            }

            var count = (int)Math.Min(buffer.Length, length + head.Length - _position);
            buffer[..count].Fill((byte)'x');
            _position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}
