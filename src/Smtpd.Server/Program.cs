using Smtpd.Server.Settings;

// Before the first socket: without the hop to the thread pool, a message costs half (decision 2). Whoever started us may have chosen otherwise.
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
    Environment.SetEnvironmentVariable(InlineCompletions, "1");

return await new CommandLine().RunAsync(args);
