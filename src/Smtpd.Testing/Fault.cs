namespace Smtpd.Testing;

internal enum FaultKind
{
    Reply,
    Throw,
    Delay,
    Cut,
    LoseReply,
}

/// <summary>One thing that shall go wrong, so many times.</summary>
internal sealed class Fault(SmtpTestStage stage, FaultKind kind, int times)
{
    public SmtpTestStage Stage { get; } = stage;

    public FaultKind Kind { get; } = kind;

    /// <summary>How often it still happens; <see cref="int.MaxValue"/> is for ever.</summary>
    public int Times { get; set; } = times > 0 ? times : throw new ArgumentOutOfRangeException(nameof(times), times, "A fault happens at least once.");

    public string? Recipient { get; init; }

    public SmtpReply Reply { get; init; }

    public Exception? Exception { get; init; }

    public TimeSpan Delay { get; init; }

    public bool Matches(SmtpTestStage now, string? recipient) =>
        now == Stage && (Recipient is null || Recipient.Equals(recipient, StringComparison.OrdinalIgnoreCase));
}
