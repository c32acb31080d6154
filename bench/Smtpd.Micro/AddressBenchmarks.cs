using System.Text;
using BenchmarkDotNet.Attributes;
using Smtpd.Addresses;

namespace Smtpd.Micro;

/// <summary>A mailbox as it stands between the brackets of a path.</summary>
public class AddressBenchmarks
{
    private readonly byte[] plain = "first.last+tag@mail.example.test"u8.ToArray();
    private readonly byte[] quoted = Encoding.ASCII.GetBytes("""
        "first \"nick\" last"@mail.example.test
        """);

    private readonly byte[] international = "jürgen@bücher.example"u8.ToArray();
    private readonly string internationalHost = "bücher.example";

    [Benchmark(Description = "address, plain")]
    public string Plain() => Read(plain).Email;

    [Benchmark(Description = "address, quoted")]
    public string Quoted() => Read(quoted).Email;

    [Benchmark(Description = "address, internationalised")]
    public string International() => Read(international).Email;

    [Benchmark(Description = "domain to A-labels")]
    public string ToAscii() => MailAddress.TryToAscii(internationalHost, out var ascii) ? ascii : throw new InvalidOperationException("The domain was refused.");

    private static MailAddress Read(ReadOnlySpan<byte> octets) =>
        PathGrammar.TryReadMailbox(octets, SmtpLeniency.None, out var address, out var used) && used == octets.Length
            ? address
            : throw new InvalidOperationException("The address was refused.");
}
