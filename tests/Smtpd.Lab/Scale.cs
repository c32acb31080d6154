// Experiments measure time and memory of the whole machine: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Smtpd.Lab;

/// <summary>How large the experiments are: short in every run of the tests, full by <c>bench/lab</c>.</summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("SMTPD_LAB") is "full";

    public static T Of<T>(T inShort, T inFull) => IsFull ? inFull : inShort;
}
