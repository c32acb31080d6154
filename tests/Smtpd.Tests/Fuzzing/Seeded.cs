namespace Smtpd.Tests.Fuzzing;

/// <summary>What the generators of all laws do with their chance.</summary>
internal static class Seeded
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    public static T Pick<T>(this Random random, params ReadOnlySpan<T> from) => from[random.Next(from.Length)];

    /// <summary>Some of these, one behind the other.</summary>
    public static string Chain(this Random random, string[] pieces, int atMost) =>
        string.Concat(Enumerable.Range(0, random.Next(1, atMost + 1)).Select(_ => random.Pick<string>(pieces)));

    /// <summary>The letters in any case.</summary>
    public static string AnyCase(this Random random, string text) =>
        string.Concat(text.Select(each => random.Next(2) == 0 ? char.ToUpperInvariant(each) : char.ToLowerInvariant(each)));

    /// <summary>Changes, takes away, repeats or adds a few octets.</summary>
    public static byte[] Mutate(this Random random, byte[] original)
    {
        List<byte> octets = [.. original];
        for (var changes = random.Next(1, 4); changes > 0 && octets.Count > 0; changes--)
        {
            var at = random.Next(octets.Count);
            var length = Math.Min(random.Next(1, 12), octets.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 1:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    octets.RemoveRange(at, length);
                    break;
                case 3:
                    octets.InsertRange(random.Next(octets.Count + 1), octets.GetRange(at, length));
                    break;
                default:
                    octets.Insert(at, "\r\n\0 <>@.,;:\"\\=+\t\u007f"u8[random.Next(17)]);
                    break;
            }
        }

        return [.. octets];
    }
}
