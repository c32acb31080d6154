using System.Diagnostics;
using System.Globalization;

namespace Smtpd.Lab;

/// <summary>One line of the table that <c>bench/lab</c> prints: what was done, what was counted, and whether the promise held.</summary>
internal sealed class Experiment
{
    // Where the lines go; without it, only to the output of the test.
    private static readonly string? Table = Environment.GetEnvironmentVariable("SMTPD_LAB_TABLE");

    private readonly List<string> figures = [];

    private Experiment()
    {
    }

    /// <summary>What was done, with the numbers that were really reached.</summary>
    public string Done { get; set; } = "";

    /// <summary>A figure for the table, as <c>Figure($"{bad} bad")</c>.</summary>
    public void Figure(FormattableString figure) => figures.Add(figure.ToString(CultureInfo.InvariantCulture));

    /// <summary>Runs an experiment and writes its line, also when it fails.</summary>
    public static async Task RunAsync(string name, Func<Experiment, Task> run)
    {
        Experiment experiment = new();
        var clock = Stopwatch.StartNew();
        var result = "held";
        try
        {
            await run(experiment);
        }
        catch (Exception e)
        {
            result = e.GetType().Name.StartsWith("Skip", StringComparison.Ordinal) ? "skipped" : "**failed**";
            throw;
        }
        finally
        {
            experiment.Write(name, result, clock.Elapsed);
        }
    }

    private void Write(string name, string result, TimeSpan took)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"| {name} | {Done} | {string.Join(", ", figures)} | {result} | {took.TotalSeconds:F0} s |");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Table is not null)
            File.AppendAllText(Table, line + "\n");
    }
}
