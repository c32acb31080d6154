using Smtpd.Server.Settings;

return await new CommandLine().RunAsync(args);
