using System.Diagnostics;
using System.Globalization;
using Smtpd;
using Smtpd.Tests.Fuzzing;

// dotnet run --project tests/Smtpd.Fuzz -c Release -- --seconds 60 --seed 1
var seconds = Argument("--seconds", 60);
var seed = Argument("--seed", 1);
var patience = TimeSpan.FromSeconds(30);
var clock = Stopwatch.StartNew();
var next = 0;
var failures = 0;

foreach (var remembered in Remembered())
    Report(await CutLaw.CheckAsync(remembered, patience));

await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(FuzzAsync)));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{next} cases in {clock.Elapsed.TotalSeconds:0} s from seed {seed}: {failures} broken"));
return failures == 0 ? 0 : 1;

async Task FuzzAsync()
{
    while (clock.Elapsed.TotalSeconds < seconds && failures < 10)
    {
        // A case is known by its own seed, wherever the round began.
        var one = unchecked((int)((uint)Interlocked.Increment(ref next) * 2654435761u) ^ (seed * 1_000_003));
        Report(await CutLaw.CheckAsync(one, patience));
        Report(await CutLaw.CheckWideAsync(one, patience));
        Report(await MailLaw.CheckAsync(one, patience));
        Report(await ContentLaw.CheckAsync(one, (BareLineBreaks)((one & int.MaxValue) % 3), patience));
    }
}

void Report(string? broken)
{
    if (broken is null)
        return;
    Interlocked.Increment(ref failures);
    Console.WriteLine("BROKEN " + broken);
}

IEnumerable<int> Remembered()
{
    using var reader = new StreamReader(typeof(CutLaw).Assembly.GetManifestResourceStream("seeds.txt")!);
    while (reader.ReadLine() is { } line)
    {
        if (line.Length > 0 && line[0] != '#')
            yield return int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
    }
}

int Argument(string name, int fallback)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? fallback : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
