using System.Buffers.Binary;
using System.Net;
using System.Text;
using Smtpd.Tests.Dialogues;
using Smtpd.Transport;

namespace Smtpd.Tests.Fuzzing;

/// <summary>
/// PROXY headers of both versions: one that was made is read as it was meant, its octets are all that is taken, and how it is cut never matters; one that was changed never throws, and takes no more
/// than it says.
/// </summary>
internal static class ProxyHeaderLaw
{
    private static readonly byte[] Behind = "EHLO client.test\r\nPROXY TCP4 192.0.2.9 192.0.2.9 1 1\r\n"u8.ToArray();

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static async Task<string?> CheckAsync(int seed)
    {
        var random = new Random(seed);
        var header = random.Chance(0.3) ? MakeText(random, out var meant) : MakeBinary(random, out meant);
        var isChanged = random.Chance(0.5);
        var octets = isChanged ? random.Mutate(header) : header;
        if (isChanged && random.Chance(0.2))
            octets = octets[..random.Next(octets.Length + 1)];
        else
            octets = [.. octets, .. Behind];

        var whole = await ReadAsync(octets, int.MaxValue);
        var cut = await ReadAsync(octets, random.Next(1, 20));
        var broken = cut != whole ? $"is read as {whole} whole and as {cut} in pieces"
            : isChanged ? TakesTooMuch(octets, whole)
            : whole != (meant, header.Length) ? $"is read as {whole}, not as {meant} of {header.Length} octets"
            : null;
        return broken is null ? null : $"seed {seed}: {Escapes.Encode(octets)} {broken}";
    }

    private static byte[] MakeText(Random random, out ProxyHeader? meant)
    {
        if (random.Chance(0.15))
        {
            meant = default(ProxyHeader);
            return Encoding.ASCII.GetBytes("PROXY UNKNOWN" + random.Pick("", " ", " ffff:f...f:ffff ffff:f...f:ffff 65535 65535", " anything at all") + "\r\n");
        }

        var isIPv6 = random.Chance(0.5);
        IPEndPoint source = EndPoint(random, isIPv6), destination = EndPoint(random, isIPv6);
        meant = new ProxyHeader(Unmapped(source), Unmapped(destination));
        return Encoding.ASCII.GetBytes($"PROXY TCP{(isIPv6 ? 6 : 4)} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n");
    }

    private static byte[] MakeBinary(Random random, out ProxyHeader? meant)
    {
        var isIPv6 = random.Chance(0.5);
        IPEndPoint source = EndPoint(random, isIPv6), destination = EndPoint(random, isIPv6);
        var ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), (ushort)destination.Port);
        // Type-length-values, which nobody here looks at.
        var more = new byte[random.Chance(0.5) ? 0 : random.Next(1, 300)];
        random.NextBytes(more);
        var command = random.Chance(0.15) ? (byte)0x20 : (byte)0x21;
        var family = random.Chance(0.15) ? random.Pick<byte>(0x00, 0x31) : isIPv6 ? (byte)0x21 : (byte)0x11;
        meant = command == 0x20 || family is 0x00 or 0x31 ? default(ProxyHeader) : new ProxyHeader(Unmapped(source), Unmapped(destination));
        byte[] content = [.. source.Address.GetAddressBytes(), .. destination.Address.GetAddressBytes(), .. ports, .. more];
        return [.. Signature, command, family, (byte)(content.Length >> 8), (byte)content.Length, .. content];
    }

    private static IPEndPoint EndPoint(Random random, bool isIPv6)
    {
        var octets = new byte[isIPv6 ? 16 : 4];
        if (random.Chance(0.8))
            random.NextBytes(octets);
        if (isIPv6 && random.Chance(0.2))
            (octets[10], octets[11]) = (0xFF, 0xFF);
        if (isIPv6 && random.Chance(0.2))
            octets.AsSpan(0, 10).Clear();
        return new IPEndPoint(new IPAddress(octets), random.Next(65_536));
    }

    // An IPv4 client is one, whichever family it came in.
    private static IPEndPoint Unmapped(IPEndPoint endPoint) => endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;

    private static string? TakesTooMuch(byte[] octets, (ProxyHeader? Header, int Taken) read)
    {
        if (read.Header is null)
            return null;
        var says = octets.AsSpan().StartsWith(Signature) ? 16 + BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(14)) : octets.AsSpan().IndexOf("\r\n"u8) + 2;
        return read.Taken == says ? null : $"takes {read.Taken} octets of {says}";
    }

    private static async Task<(ProxyHeader? Header, int Taken)> ReadAsync(byte[] octets, int size)
    {
        using var stream = new Dripping(octets, size);
        var header = await ProxyHeader.ReadAsync(stream, CancellationToken.None);
        return (header, (int)stream.Position);
    }

    /// <summary>Gives no more than so many octets at a time.</summary>
    private sealed class Dripping(byte[] octets, int size) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
