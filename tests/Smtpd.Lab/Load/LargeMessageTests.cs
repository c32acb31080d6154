using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Load;

/// <summary>A hundred messages of 30 MB at once: they are on the disk, not in memory.</summary>
public sealed class LargeMessageTests : IDisposable
{
    private const double LargestMegabytes = 200;

    private static readonly int Messages = Scale.Of(20, 100);
    private static readonly int Blocks = Scale.Of(40, 300);

    // Lines of 98 octets and CRLF; none begins with a dot.
    private static readonly byte[] Block = [.. Enumerable.Range(0, 1000).SelectMany(_ => (byte[])[.. Enumerable.Repeat((byte)'x', 98), (byte)'\r', (byte)'\n'])];

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("text/plain")]
    public Task Large_messages_at_once_do_not_fill_the_memory(string type) => Experiment.RunAsync("Large messages at once, " + type, async experiment =>
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Smtp:Limits:ConnectionsPerAddress=1000");
        await GoodClient.BesideAsync(program.Smtp, experiment, () => Task.WhenAll(Enumerable.Range(0, Messages).Select(n => Task.Run(() => SendAsync(program.Smtp, Head(n, type)), Cancel))));
        var largest = ProcessFigures.Of(program.Id).PeakMegabytes;
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Messages} messages of {Blocks * Block.Length / 1e6:F0} MB at once");
        experiment.Figure($"RSS {largest:F0} MB at most (bound {LargestMegabytes:F0})");
        Assert.Equal(0, await program.TerminateAsync());

        var expected = Enumerable.Range(0, Messages).Select(n => Digest(Head(n, type))).Order();
        Assert.Equal(expected, Directory.EnumerateFiles(directory["data", "content"]).Select(DigestOfFile).Order());
        Assert.InRange(largest, 0, LargestMegabytes);
    });

    private static byte[] Head(int n, string type) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Subject: {n}\r\nContent-Type: {type}\r\n\r\n"));

    private static async Task SendAsync(IPEndPoint server, byte[] head)
    {
        using var peer = await Peer.GreetAsync(server, IPAddress.Parse("127.3.0.1"), Cancel);
        await peer.CommandAsync("MAIL FROM:<a@x.test>", "250", Cancel);
        await peer.CommandAsync("RCPT TO:<b@y.test>", "250", Cancel);
        await peer.CommandAsync("DATA", "354", Cancel);
        await peer.SendAsync(head, Cancel);
        for (var i = 0; i < Blocks; i++)
            await peer.SendAsync(Block, Cancel);
        await peer.SendAsync(".\r\n", Cancel);
        await peer.ExpectAsync("250", Cancel);
    }

    private static string Digest(byte[] head)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        for (var i = 0; i < Blocks; i++)
            hash.AppendData(Block);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static string DigestOfFile(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
