namespace Smtpd.Web.Tests.Fixture;

/// <summary>What fails a test wherever it happens, unless <see cref="PageOptions.Tolerates"/> it.</summary>
[Flags]
internal enum PageFaults
{
    None = 0,

    /// <summary>An exception that nobody caught.</summary>
    Exception = 1,

    /// <summary><c>console.error</c>, or what the browser itself has to say at that level.</summary>
    Console = 2,

    /// <summary>Something that a Content-Security-Policy or a sandbox had to stop.</summary>
    Policy = 4,

    /// <summary>An answer of 400 or more.</summary>
    Answer = 8,

    /// <summary>A request of any host but ours.</summary>
    OtherHost = 16,

    All = 31,
}

/// <summary>Size and manner of a page.</summary>
internal sealed record PageOptions
{
    public static PageOptions Phone => new() { Width = 390, Height = 844, IsTouch = true };

    public static PageOptions Tablet => new() { Width = 820, Height = 1180, IsTouch = true };

    public static PageOptions Dark => new() { IsDark = true };

    public int Width { get; init; } = 1440;

    public int Height { get; init; } = 900;

    public bool IsDark { get; init; }

    /// <summary>The page decides for its frames what <c>prefers-color-scheme</c> is; else the browser says the same to all of them.</summary>
    public bool HasOwnColourScheme { get; init; }

    public bool IsTouch { get; init; }

    public PageFaults Tolerates { get; init; }

    /// <summary>Keeps what a failed test did. It looks into the frames of mails, which they report as a script that they have stopped: for looking into a failure only.</summary>
    public bool HasTrace { get; init; }
}
