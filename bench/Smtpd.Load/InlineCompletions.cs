namespace Smtpd.Load;

/// <summary>The driver shares the machine with what it measures, and half of what its sockets cost is the hop to the thread pool.</summary>
internal static class InlineCompletions
{
    public const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Works before the first socket only. Processes started later inherit the variable.</summary>
    public static void SwitchOn() => Environment.SetEnvironmentVariable(Variable, "1");
}
