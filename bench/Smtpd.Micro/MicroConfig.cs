using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Smtpd.Micro;

/// <summary>Time and allocated memory of each, in one table.</summary>
internal sealed class MicroConfig : ManualConfig
{
    /// <param name="isShort">Ten iterations and a short warmup: minutes instead of half an hour, and an error of some percent more.</param>
    public MicroConfig(bool isShort)
    {
        // In this process: a project that BenchmarkDotNet generates would have to pass the strict build of this repository, and would build the page of the program once more.
        AddJob((isShort ? Job.ShortRun.WithIterationCount(10) : Job.Default).WithToolchain(InProcessEmitToolchain.Instance));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumnProvider(DefaultColumnProviders.Instance);
        AddColumn(StatisticColumn.Min); // what other work on the machine has disturbed least
        WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Method));
        HideColumns(Column.Job, Column.Type, Column.Toolchain, Column.IterationCount, Column.LaunchCount, Column.WarmupCount, Column.Median, Column.StdDev, Column.Gen0, Column.Gen1, Column.Gen2);
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
    }
}
