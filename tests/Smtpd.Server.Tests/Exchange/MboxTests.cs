using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Exchange;

namespace Smtpd.Server.Tests.Exchange;

public sealed class MboxTests
{
    private const string Line = "From a@x.test Mon Nov 23 02:54:00 2026\n";

    [Theory]
    [InlineData("", "")]
    [InlineData("Subject: not an mbox\n\nbody\n", "")]
    [InlineData(Line, "<>")]
    [InlineData(Line + "\n", "<>")]
    [InlineData(Line + "A: b\n\nc\n\n", "<A: b\r\n\r\nc\r\n>")]
    [InlineData(Line + "A: b\n\nc", "<A: b\r\n\r\nc>")]
    [InlineData(Line + "a\n\n" + Line + "b\n\n", "<a\r\n><b\r\n>")]
    [InlineData(Line + "a\n" + Line + "b\n", "<a\r\n><b\r\n>")]
    [InlineData(Line + "a\n\n\n" + Line, "<a\r\n\r\n><>")]
    [InlineData("\n\n" + Line + "a\n", "<a\r\n>")]
    [InlineData(Line + ">From me\n>>From me\n>Fromage\n> From\n", "<From me\r\n>From me\r\n>Fromage\r\n> From\r\n>")]
    [InlineData(Line + "a\nFrom here on it is text\n\nFrom now on too\n", "<a\r\nFrom here on it is text\r\n\r\nFrom now on too\r\n>")]
    [InlineData("From - \na\n\nFrom \nb\n", "<a\r\n><b\r\n>")]
    [InlineData(Line + "Content-Length: 999\n\na\n\n" + Line + "b\n", "<Content-Length: 999\r\n\r\na\r\n><b\r\n>")]
    [InlineData("From a Mon Nov 23 02:54:00 2026\r\na\nb\r\n\r\n", "<a\nb\r\n>")]
    [InlineData("From a Mon Nov 23 02:54:00 2026\r\na\r\n\n\r\n", "<a\r\n\n>")]
    [InlineData(Line + "a\rb\r\r\nc\n", "<a\rb\r\r\nc\r\n>")]
    public async Task Messages_are_found(string text, string expected) => Assert.Equal(expected, string.Concat((await Read(Encoding.UTF8.GetBytes(text))).Select(each => $"<{each.Text}>")));

    [Theory]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 2026", "a@x.test", "2026-11-23T02:54:00Z")]
    [InlineData("From a@x.test  Mon Nov  3 02:54:00 2026", "a@x.test", "2026-11-03T02:54:00Z")]
    [InlineData("From a@x.test Mon Nov 23 02:54 2026", "a@x.test", "2026-11-23T02:54:00Z")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 +0100 2026", "a@x.test", "2026-11-23T01:54:00Z")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 2026 -0330", "a@x.test", "2026-11-23T06:24:00Z")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 CET 2026", "a@x.test", "2026-11-23T02:54:00Z")]
    [InlineData("From - Mon Nov 23 02:54:00 2026", "", "2026-11-23T02:54:00Z")]
    [InlineData("From MAILER-DAEMON Mon Nov 23 02:54:00 2026", "", "2026-11-23T02:54:00Z")]
    [InlineData("From \"a b\"@x.test Mon Nov 23 02:54:00 2026", "\"a b\"@x.test", "2026-11-23T02:54:00Z")]
    [InlineData("From a@x.test", "a@x.test", null)]
    public async Task Sender_and_date_are_read(string line, string sender, string? date)
    {
        var message = Assert.Single(await Read(Encoding.UTF8.GetBytes(line + "\nx\n")));
        Assert.Equal((sender, date is null ? null : DateTimeOffset.Parse(date, CultureInfo.InvariantCulture)), (message.Sender, message.Date));
    }

    [Theory]
    [InlineData("From a@x.test Mon Foo 23 02:54:00 2026")]
    [InlineData("From a@x.test Mon Nov 31 02:54:00 2026")]
    [InlineData("From a@x.test Mon Nov 23 25:54:00 2026")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 2026 and more words")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 99999999999")]
    [InlineData("From a@x.test Mon Nov 23 02:54:00 2026 +9999")]
    [InlineData("from a@x.test Mon Nov 23 02:54:00 2026")]
    [InlineData("From: a@x.test Mon Nov 23 02:54:00 2026")]
    [InlineData(" From a@x.test Mon Nov 23 02:54:00 2026")]
    public async Task Other_lines_are_text(string line) => Assert.Single(await Read(Encoding.UTF8.GetBytes(Line + "a\n\n" + line + "\n")));

    [Fact]
    public async Task What_was_not_read_is_skipped()
    {
        MboxReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes("junk\n" + Line + "first\nmore\n\n" + Line + "second\n")));
        var first = await reader.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, await first!.Content.ReadAsync(new byte[3], TestContext.Current.CancellationToken));
        var second = await reader.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await first.Content.ReadAsync(new byte[3], TestContext.Current.CancellationToken));
        Assert.Equal("second\r\n", await Text(second!.Content));
        Assert.Null(await reader.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal(5, reader.Skipped);
    }

    [Fact]
    public async Task Lines_longer_than_any_buffer_are_passed_through()
    {
        foreach (var length in new[] { 65_535, 65_536, 65_537, 200_000 })
        {
            var content = new string('x', length) + "\r\nFrom " + new string('y', length) + "\r\n" + new string('>', 1500) + "From z\r\n" + new string('x', length - 1) + "\r\r\n";
            Assert.Equal(content, Assert.Single(await RoundTrip([content])).Text);
        }
    }

    [Fact]
    public async Task What_is_written_is_read_again()
    {
        string[] pieces = ["From ", "From", ">", ">>", "F", "a", " ", "\r\n", "\r\n\r\n", "\n", "\r", "\0", "\u00ff", "Mon Nov 23 02:54:00 2026", "From a@x.test Mon Nov 23 02:54:00 2026\r\n", ":", new string('b', 40_000)];
        var contents = Gen.Elements(pieces).ArrayOf().Select(each => string.Concat(each) + "\r\n").ArrayOf();
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261123, 4007), Prop.ForAll(contents.ToArbitrary(), async each =>
        {
            var read = await RoundTrip(each);
            Assert.Equal(each, read.Select(message => message.Text));
            Assert.All(read, message => Assert.Equal(("a_b@x.test", Date), (message.Sender, message.Date)));
        })), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Nothing_throws_however_the_input_is_cut()
    {
        string[] pieces = ["From ", "From - \n", Line, ">", "\n", "\r\n", "\r", "a", "Mon", " Nov 23", " 02:54:00", " 2026", " +0100", "\0", "\u00fc"];
        var octets = Gen.OneOf(Gen.Elements(pieces).ArrayOf().Select(each => Encoding.UTF8.GetBytes(string.Concat(each))), ArbMap.Default.ArbFor<byte[]>().Generator);
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261123, 4009), Prop.ForAll(octets.ToArbitrary(), async each =>
            Assert.Equal(await Read(each), await Read(each, 1)))), TestContext.Current.CancellationToken);
    }

    private static readonly DateTimeOffset Date = new(2026, 11, 3, 2, 54, 0, TimeSpan.Zero);

    private static async Task<IReadOnlyList<Read1>> RoundTrip(IReadOnlyList<string> contents)
    {
        MemoryStream file = new();
        MboxWriter writer = new(file);
        for (var i = 0; i < contents.Count; i++)
            await writer.WriteAsync("a b@x.test", Date, new PiecemealStream(Encoding.Latin1.GetBytes(contents[i]), i % 2 == 0 ? 7 : int.MaxValue), TestContext.Current.CancellationToken);
        return await Read(file.ToArray());
    }

    private static async Task<IReadOnlyList<Read1>> Read(byte[] octets, int atATime = int.MaxValue)
    {
        MboxReader reader = new(new PiecemealStream(octets, atATime));
        List<Read1> messages = [];
        while (await reader.NextAsync(TestContext.Current.CancellationToken) is MboxMessage message)
            messages.Add(new(message.Sender, message.Date, await Text(message.Content)));
        return messages;
    }

    private static async Task<string> Text(Stream content)
    {
        MemoryStream copy = new();
        await content.CopyToAsync(copy, TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(copy.ToArray());
    }

    private sealed record Read1(string Sender, DateTimeOffset? Date, string Text);

    private sealed class PiecemealStream(byte[] octets, int atATime) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atATime)], cancellationToken);
    }
}
