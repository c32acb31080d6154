using Smtpd.Server.Settings;

// Before the first socket: completions run on the thread that polls, not after a hop to the pool (docs/decisions/0002-transport.md; CPU for a
// 1 KB message on its own connection 137 µs instead of 227). So nothing may block where a hook runs. Who sets the variable to 0 gets the hop back.
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
    Environment.SetEnvironmentVariable(InlineCompletions, "1");

return await new CommandLine().RunAsync(args);
