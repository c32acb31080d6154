using System.Net;
using System.Text;
using Smtpd.Transport;

namespace Smtpd.Tests.Transport;

/// <summary>The PROXY header, of HAProxy's specification: what is one, what is none, and that nothing behind it is touched.</summary>
public sealed class ProxyHeaderTests
{
    private const string Behind = "EHLO client.test\r\n";

    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    [Theory]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 4711 25", "198.51.100.9:4711", "192.0.2.25:25")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("PROXY TCP4 0.0.0.0 0.0.0.0 0 0", "0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("PROXY TCP6 2001:db8::9 2001:db8::25 4711 25", "[2001:db8::9]:4711", "[2001:db8::25]:25")]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY TCP6 ::ffff:198.51.100.9 ::ffff:192.0.2.25 4711 25", "198.51.100.9:4711", "192.0.2.25:25")]
    [InlineData("PROXY UNKNOWN", null, null)]
    [InlineData("PROXY UNKNOWN ffff::1 whatever 1 2", null, null)]
    [InlineData("PROXY UNKNOWN ", null, null)]
    public async Task A_line_of_version_1_tells_both_ends(string line, string? source, string? destination)
    {
        var (header, rest) = await ReadAsync(Encoding.ASCII.GetBytes(line + "\r\n" + Behind));

        Assert.NotNull(header);
        Assert.Equal(source, header.Value.Source?.ToString());
        Assert.Equal(destination, header.Value.Destination?.ToString());
        Assert.Equal(Behind, rest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY")]
    [InlineData("PROXY ")]
    [InlineData("PROXY TCP4")]
    [InlineData("proxy tcp4 198.51.100.9 192.0.2.25 4711 25")]
    [InlineData("PROXY  TCP4 198.51.100.9 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 4711 25 ")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 4711")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 4711 25 26")]
    [InlineData("PROXY TCP5 198.51.100.9 192.0.2.25 4711 25")]
    [InlineData("PROXY UNKNOWNX")]
    [InlineData("PROXY TCP4 198.51.100.256 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 198.51.100 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 198.51.100.09 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 0xc6336409 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 3325256713 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 2001:db8::9 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP4 client.test 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP6 198.51.100.9 192.0.2.25 4711 25")]
    [InlineData("PROXY TCP6 [2001:db8::9] 2001:db8::25 4711 25")]
    [InlineData("PROXY TCP6 fe80::1%1 2001:db8::25 4711 25")]
    [InlineData("PROXY TCP6 2001:db8::9::1 2001:db8::25 4711 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 65536 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 -1 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 +1 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 04711 25")]
    [InlineData("PROXY TCP4 198.51.100.9 192.0.2.25 4711 25\n")]
    [InlineData("PROXY UNKNOWN \r")]
    [InlineData("EHLO client.test")]
    public async Task Another_line_is_none(string line)
    {
        var (header, _) = await ReadAsync(Encoding.ASCII.GetBytes(line + "\r\n"));

        // What ends with CR CR LF is UNKNOWN with something behind it, which is to be ignored.
        Assert.Equal(line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal), header is not null);
    }

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public async Task A_line_has_107_octets_at_most(int octets, bool isHeader)
    {
        var line = "PROXY UNKNOWN ".PadRight(octets - 2, 'x') + "\r\n";

        var (header, rest) = await ReadAsync(Encoding.ASCII.GetBytes(line + Behind));

        Assert.Equal(isHeader, header is not null);
        if (isHeader)
            Assert.Equal(Behind, rest);
    }

    [Theory]
    [InlineData("20 00 0000", null)]
    [InlineData("20 11 000C C6336409 C0000219 1267 0019", null)]
    [InlineData("20 FF 0002 0102", null)]
    [InlineData("21 00 0000", null)]
    [InlineData("21 00 0003 010203", null)]
    [InlineData("21 11 000C C6336409 C0000219 1267 0019", "198.51.100.9:4711")]
    [InlineData("21 11 0010 C6336409 C0000219 1267 0019 04000100", "198.51.100.9:4711")]
    [InlineData("21 21 0024 20010DB8000000000000000000000009 20010DB8000000000000000000000025 1267 0019", "[2001:db8::9]:4711")]
    [InlineData("21 21 0024 00000000000000000000FFFFC6336409 00000000000000000000FFFFC0000219 1267 0019", "198.51.100.9:4711")]
    public async Task A_binary_header_tells_who_the_client_is(string hex, string? source)
    {
        var (header, rest) = await ReadAsync([.. Signature, .. Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal)), .. Encoding.ASCII.GetBytes(Behind)]);

        Assert.NotNull(header);
        Assert.Equal(source, header.Value.Source?.ToString());
        Assert.Equal(Behind, rest);
    }

    [Theory]
    [InlineData("11 11 000C C6336409 C0000219 1267 0019")]
    [InlineData("31 11 000C C6336409 C0000219 1267 0019")]
    [InlineData("22 11 000C C6336409 C0000219 1267 0019")]
    [InlineData("2F 11 000C C6336409 C0000219 1267 0019")]
    [InlineData("21 11 000B C6336409 C0000219 1267 00")]
    [InlineData("21 11 0000")]
    [InlineData("21 21 0023 20010DB8000000000000000000000009 20010DB8000000000000000000000025 1267 00")]
    [InlineData("21 99 000C C6336409 C0000219 1267 0019")]
    public async Task Another_binary_header_is_none(string hex)
    {
        var (header, _) = await ReadAsync([.. Signature, .. Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal))]);

        Assert.Null(header);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(65535, false)]
    public async Task What_a_binary_header_carries_is_bounded(int octets, bool isHeader)
    {
        byte[] content = [.. Signature, 0x20, 0, (byte)(octets >> 8), (byte)octets, .. new byte[octets], .. Encoding.ASCII.GetBytes(Behind)];

        var (header, _) = await ReadAsync(content);

        Assert.Equal(isHeader, header is not null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task How_a_header_is_cut_never_matters(int size)
    {
        foreach (var content in Samples())
        {
            var whole = await ReadAsync([.. content, .. Encoding.ASCII.GetBytes(Behind)]);
            var cut = await ReadAsync([.. content, .. Encoding.ASCII.GetBytes(Behind)], size);
            Assert.NotNull(whole.Header);
            Assert.Equal(whole, cut);
        }
    }

    [Fact]
    public async Task A_header_that_ends_early_is_none()
    {
        foreach (var content in Samples())
        {
            for (var length = 0; length < content.Length; length++)
                Assert.Null((await ReadAsync(content[..length])).Header);
        }
    }

    [Fact]
    public async Task Whatever_comes_nothing_throws_and_nothing_behind_a_header_is_taken()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 20_000; i++)
        {
            var samples = Samples();
            var content = samples[random.Next(samples.Length)].ToArray();
            for (var changes = random.Next(4); changes > 0; changes--)
                content[random.Next(content.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                random.NextBytes(content.AsSpan(random.Next(content.Length)));

            var (header, rest) = await ReadAsync([.. content, .. Encoding.ASCII.GetBytes(Behind)], random.Next(1, 40));

            // A changed length or line end makes the header another one; what it takes is its own, and bounded.
            Assert.True(rest.Length >= 0 && (header is null || IsSuffix(rest, content)), $"{Convert.ToHexString(content)} left {rest.Length} octets");
        }
    }

    private static bool IsSuffix(string rest, byte[] content) =>
        (Encoding.Latin1.GetString(content) + Behind).EndsWith(rest, StringComparison.Ordinal)
        && content.Length + Behind.Length - rest.Length == Length([.. content, .. Encoding.ASCII.GetBytes(Behind)]);

    /// <summary>How long the header at the start of the octets is, by the specification alone.</summary>
    private static int Length(byte[] octets) => octets.AsSpan().StartsWith(Signature)
        ? 16 + (octets[14] << 8) + octets[15]
        : octets.AsSpan().IndexOf("\r\n"u8) + 2;

    private static byte[][] Samples() =>
    [
        Encoding.ASCII.GetBytes("PROXY TCP4 198.51.100.9 192.0.2.25 4711 25\r\n"),
        Encoding.ASCII.GetBytes("PROXY TCP6 2001:db8::9 2001:db8::25 4711 25\r\n"),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n"),
        [.. Signature, .. Convert.FromHexString("2111000CC6336409C000021912670019")],
        [.. Signature, .. Convert.FromHexString("20000000")],
        [.. Signature, .. Convert.FromHexString("2121002420010DB800000000000000000000000920010DB800000000000000000000002512670019")],
    ];

    private static async Task<(ProxyHeader? Header, string Left)> ReadAsync(byte[] octets, int size = int.MaxValue)
    {
        using var stream = new Dripping(octets, size);
        var header = await ProxyHeader.ReadAsync(stream, TestContext.Current.CancellationToken);
        return (header, Encoding.Latin1.GetString(octets.AsSpan((int)stream.Position)));
    }

    /// <summary>Gives no more than so many octets at a time.</summary>
    private sealed class Dripping(byte[] octets, int size) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
