using BenchmarkDotNet.Running;
using Smtpd.Micro;

// --short is ours, everything else BenchmarkDotNet's: --filter '*Mime*', --list flat, --help.
var forBenchmarkDotNet = args.Where(each => each is not "--short").ToArray();
if (forBenchmarkDotNet.Length == 0)
    forBenchmarkDotNet = ["--filter", "*"];
var summaries = BenchmarkSwitcher.FromAssembly(typeof(CommandBenchmarks).Assembly).Run(forBenchmarkDotNet, new MicroConfig(isShort: args.Contains("--short")));
return summaries.All(each => each.Reports.All(report => report.Success)) ? 0 : 1;
