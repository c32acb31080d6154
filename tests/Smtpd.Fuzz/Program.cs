using System.Diagnostics;
using System.Globalization;
using Smtpd;
using Smtpd.Fuzz;
using Smtpd.Tests.Fuzzing;

// dotnet run --project tests/Smtpd.Fuzz -c Release -- --seconds 60 --seed 1 --what session,sasl
var seconds = int.Parse(Argument("--seconds", "60"), CultureInfo.InvariantCulture);
var seed = int.Parse(Argument("--seed", "1"), CultureInfo.InvariantCulture);
var wanted = Argument("--what", string.Join(',', Laws.Names)).Split(',');
if (wanted.Except(Laws.Names, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"--what knows no {unknown}, but {string.Join(", ", Laws.Names)}.");
    return 2;
}

var failures = 0;
await using var laws = await Laws.OpenAsync();
foreach (var (law, remembered) in SeedFile.Read().Where(each => wanted.Contains(each.Law, StringComparer.Ordinal)))
    Report(await laws.CheckAsync(law, remembered));

// Each has its share of the time: a slow law must not be tried less than a fast one.
foreach (var law in wanted)
{
    var clock = Stopwatch.StartNew();
    var next = 0;
    var before = failures;
    await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(async () =>
    {
        while (clock.Elapsed.TotalSeconds < (double)seconds / wanted.Length && failures - before < 10)
        {
            // A case is known by its own seed, wherever the round began.
            var one = unchecked((int)((uint)Interlocked.Increment(ref next) * 2654435761u) ^ (seed * 1_000_003));
            Report(await laws.CheckAsync(law, one));
        }
    })));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{law}: {next} cases in {clock.Elapsed.TotalSeconds:0} s from seed {seed}: {failures - before} broken"));
}

return failures == 0 ? 0 : 1;

void Report(string? broken)
{
    if (broken is null)
        return;
    Interlocked.Increment(ref failures);
    Console.WriteLine("BROKEN " + broken);
}

string Argument(string name, string fallback)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? fallback : args[at + 1];
}
