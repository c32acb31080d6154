using System.Globalization;

namespace Smtpd.Tests.Fuzzing;

/// <summary><c>tests/Smtpd.Fuzz/seeds.txt</c>: seeds that once broke a law, which is named before each.</summary>
internal static class SeedFile
{
    public static IEnumerable<(string Law, int Seed)> Read()
    {
        using var reader = new StreamReader(typeof(SeedFile).Assembly.GetManifestResourceStream("seeds.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#' && line.Split(' ', 3) is [var law, var seed, ..])
                yield return (law, int.Parse(seed, CultureInfo.InvariantCulture));
        }
    }
}
