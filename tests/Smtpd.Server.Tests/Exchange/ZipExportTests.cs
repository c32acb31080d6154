using System.IO.Compression;
using Smtpd.Server.Exchange;

namespace Smtpd.Server.Tests.Exchange;

public sealed class ZipExportTests
{
    [Theory]
    [InlineData("Hello, World!", "7-hello-world.eml")]
    [InlineData(null, "7.eml")]
    [InlineData("../../etc/passwd", "7-etc-passwd.eml")]
    [InlineData("C:\\con\\nul.txt", "7-c-con-nul-txt.eml")]
    [InlineData("a\0b\r\nc\u202egpj.exe", "7-a-b-cgpj-exe.eml")]
    [InlineData("Grüße", "7-grusse.eml")]
    [InlineData("請求書", "7-請-求-書.eml")]
    [InlineData("....", "7.eml")]
    public void Names_are_safe(string? subject, string expected) => Assert.Equal(expected, ZipExport.NameOf(null, 7, subject));

    [Fact]
    public void Names_are_short_and_whole()
    {
        Assert.InRange(ZipExport.NameOf(null, long.MaxValue, string.Concat(Enumerable.Repeat("word ", 100_000))).Length, 20, 90);
        var name = ZipExport.NameOf(null, 1, string.Concat(Enumerable.Repeat("a\ud801\udc00", 100)));
        Assert.DoesNotContain(name, each => char.IsHighSurrogate(each) && name[^5] == each);
        Assert.Equal("3/7-x.eml", ZipExport.NameOf(3, 7, "x"));
    }

    [Fact]
    public async Task A_zip_is_written_to_a_stream_that_only_goes_forward()
    {
        using ForwardStream destination = new();
        await using (var zip = await ZipExport.CreateAsync(destination, TestContext.Current.CancellationToken))
        {
            Assert.True(await zip.AddAsync(null, 1, "one", new(2026, 11, 23, 2, 54, 0, TimeSpan.Zero), new MemoryStream("first\r\n"u8.ToArray()), TestContext.Current.CancellationToken));
            Assert.True(await zip.AddAsync(2, 1, "old", DateTimeOffset.UnixEpoch, new MemoryStream(new byte[300_000]), TestContext.Current.CancellationToken));
        }

        using ZipArchive archive = new(new MemoryStream(destination.Written.ToArray()));
        Assert.Equal([("1-one.eml", 7L), ("2/1-old.eml", 300_000L)], archive.Entries.Select(each => (each.FullName, each.Length)));
        using StreamReader reader = new(archive.Entries[0].Open());
        Assert.Equal("first\r\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>As an HTTP response: no seeking, no synchronous writing.</summary>
    private sealed class ForwardStream : Stream
    {
        public MemoryStream Written { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => Written.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Written.WriteAsync(buffer, offset, count, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush() => throw new InvalidOperationException("Synchronous.");

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
