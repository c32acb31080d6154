using System.CommandLine;

namespace Smtpd.Server.Settings;

/// <summary>The verbs and options of <c>smtpd</c>. Wrong use says what to do on standard error and exits with 2.</summary>
internal sealed class CommandLine
{
    private readonly Option<string[]> smtp = new("--smtp") { Description = $"Where to speak SMTP ({ListenAddress.SmtpSyntax}); may be repeated", HelpName = "ADDR" };
    private readonly Option<string[]> smtps = new("--smtps") { Description = "Where to speak SMTP under TLS from the start; may be repeated", HelpName = "ADDR" };
    private readonly Option<string[]> submission = new("--submission") { Description = "Where to take mail after STARTTLS and AUTH only; may be repeated", HelpName = "ADDR" };
    private readonly Option<string[]> lmtp = new("--lmtp") { Description = "Where to speak LMTP; may be repeated", HelpName = "ADDR" };
    private readonly Option<string?> tlsCertificate = new("--tls-cert") { Description = "The certificate with its chain, in PEM; read again when it changes", HelpName = "FILE" };
    private readonly Option<string?> tlsKey = new("--tls-key") { Description = "Its private key, in PEM", HelpName = "FILE" };
    private readonly Option<bool> tlsSelfSigned = new("--tls-self-signed") { Description = "Make a certificate, for development" };
    private readonly Option<string?> http = new("--http") { Description = $"Where to serve REST ({ListenAddress.Syntax})", HelpName = "ADDR" };
    private readonly Option<string?> data = new("--data") { Description = "Where everything is kept", HelpName = "DIR" };
    private readonly Option<string?> store = new("--store") { Description = "The engine: sqlite, postgres://…, or null to accept and forget", HelpName = "ENGINE" };
    private readonly Option<string?> config = new("--config") { Description = "The settings file; smtpd.json of the working directory if there is one", HelpName = "FILE" };
    private readonly Option<string[]> set = new("--set") { Description = "Any setting of docs/options.md; may be repeated", HelpName = "Section:Key=value" };
    private readonly Argument<string> name = new("NAME") { Description = "What to call the mailbox" };
    private readonly Argument<int> id = new("ID") { Description = "The number of the mailbox" };
    private readonly Argument<string> userName = new("USER") { Description = "A user name, in any case of letters" };
    private readonly Argument<string> address = new("ADDRESS") { Description = "An e-mail address" };
    private readonly Argument<string> backup = new("DIR") { Description = "A directory that is not there yet" };
    private readonly Option<string?> user = new("--user") { Description = "Who may send into the mailbox by AUTH and read it; needs --password-stdin", HelpName = "U" };
    private readonly Option<bool> passwordStdin = new("--password-stdin") { Description = "Read the password from the first line of standard input" };
    private readonly Option<bool> keepClearSecret = new("--keep-clear-secret") { Description = "Keep the password itself too: CRAM-MD5 and APOP cannot do without" };
    private readonly Option<string[]> addresses = new("--address") { Description = "An address whose mail goes to the mailbox; may be repeated", HelpName = "A" };
    private readonly RootCommand root;

    private Option[] Everywhere => [data, store, config, set];

    private Option[] Listening => [smtp, smtps, submission, lmtp, http, tlsCertificate, tlsKey, tlsSelfSigned];

    public CommandLine()
    {
        root = new RootCommand("Receives mail and keeps it: SMTP in, REST out. Without a verb: serve.")
        {
            Verb("serve", "Run the server until SIGTERM", settings => new ServeCommand(settings).RunAsync()),
            Check(),
            Version(),
            Mailbox(),
            Verb("backup", "Copy everything as it is now into a new directory, also while the server runs",
                (settings, given) => BackupCommand.RunAsync(settings, given.GetRequiredValue(backup)), backup),
        };
    }

    public async Task<int> RunAsync(string[] arguments)
    {
        var withVerb = arguments is [] || (arguments[0].StartsWith('-') && arguments[0] is not ("-h" or "--help" or "-?" or "--version"))
            ? ["serve", .. arguments]
            : arguments;
        var result = root.Parse(withVerb);
        if (result.Errors.Count == 0)
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        foreach (var each in result.Errors)
            await Console.Error.WriteLineAsync("smtpd: " + each.Message);
        await Console.Error.WriteLineAsync("Try: smtpd --help");
        return ServeCommand.WrongUse;
    }

    private Command Mailbox() => new("mailbox", "Look at mailboxes and change them, also while the server runs")
    {
        Verb("list", "List mailboxes: id, messages, octets, name, users, addresses", MailboxCommand.ListAsync),
        Verb("add", "Add a mailbox and print its id",
            (settings, given) => MailboxCommand.AddAsync(settings, given.GetRequiredValue(name), given.GetValue(user), Password(given), given.GetValue(addresses) ?? []),
            name, user, passwordStdin, keepClearSecret, addresses),
        Verb("remove", "Remove a mailbox with all mail in it, its users and addresses",
            (settings, given) => MailboxCommand.RemoveAsync(settings, given.GetRequiredValue(id)), id),
        Verb("password", "Give a user another password",
            (settings, given) => MailboxAccessCommand.ChangePasswordAsync(settings, given.GetRequiredValue(userName), Password(given)), userName, passwordStdin, keepClearSecret),
        new Command("user", "Change who may use a mailbox")
        {
            Verb("add", "Add a user to a mailbox",
                (settings, given) => MailboxAccessCommand.AddUserAsync(settings, given.GetRequiredValue(id), given.GetRequiredValue(userName), Password(given)),
                id, userName, passwordStdin, keepClearSecret),
            Verb("remove", "Remove a user", (settings, given) => MailboxAccessCommand.RemoveUserAsync(settings, given.GetRequiredValue(userName)), userName),
        },
        new Command("address", "Change which addresses lead to a mailbox")
        {
            Verb("add", "Add an address to a mailbox",
                (settings, given) => MailboxAccessCommand.AddAddressAsync(settings, given.GetRequiredValue(id), given.GetRequiredValue(address)), id, address),
            Verb("remove", "Remove an address", (settings, given) => MailboxAccessCommand.RemoveAddressAsync(settings, given.GetRequiredValue(address)), address),
        },
    };

    private PasswordInput Password(ParseResult given) => new(given.GetValue(passwordStdin), given.GetValue(keepClearSecret));

    private Command Verb(string verb, string description, Func<ServerSettings, Task<int>> run) => Verb(verb, description, (settings, _) => run(settings));

    private Command Verb(string verb, string description, Func<ServerSettings, ParseResult, Task<int>> run, params Symbol[] more)
    {
        Command command = new(verb, description);
        foreach (var each in more.OfType<Argument>())
            command.Arguments.Add(each);
        foreach (var each in more.OfType<Option>())
            command.Options.Add(each);
        var listens = verb is "serve" or "check-config";
        foreach (var each in listens ? Listening.Concat(Everywhere) : Everywhere)
            command.Options.Add(each);
        command.SetAction(async (arguments, _) => await ReadAsync(arguments) is ServerSettings settings ? await run(settings, arguments) : ServeCommand.WrongUse);
        return command;
    }

    private Command Check() => Verb("check-config", "Say whether the settings are right, and which were given", async (_, arguments) =>
    {
        foreach (var each in Given(arguments, []))
            await Console.Out.WriteLineAsync($"{SettingsTable.Find(each.Key)!.Key} = {SettingsReader.Quote(SettingsTable.Find(each.Key)!, each.Value)} ({each.Source})");
        await Console.Out.WriteLineAsync("The settings are right.");
        return ServeCommand.Success;
    });

    private static Command Version()
    {
        Command command = new("version", "Print the version");
        command.SetAction(_ => Console.Out.WriteLine("smtpd " + ServeCommand.Version));
        return command;
    }

    private async Task<ServerSettings?> ReadAsync(ParseResult arguments)
    {
        List<string> problems = [];
        var settings = SettingsReader.Read(Given(arguments, problems), problems);
        foreach (var each in problems)
            await Console.Error.WriteLineAsync("smtpd: " + each);
        return problems.Count == 0 ? settings : null;
    }

    // Later ones win: file, environment, --set, and what has an option of its own.
    private List<GivenValue> Given(ParseResult arguments, List<string> problems)
    {
        List<GivenValue> given =
        [
            .. SettingsSources.FromFile(arguments.GetValue(config), problems),
            .. SettingsSources.FromEnvironment(Environment.GetEnvironmentVariables()),
            .. SettingsSources.FromArguments(arguments.GetValue(set) ?? [], problems),
        ];
        AddList("Smtp:Endpoints", smtp);
        AddList("Smtp:ImplicitTlsEndpoints", smtps);
        AddList("Smtp:SubmissionEndpoints", submission);
        AddList("Smtp:LmtpEndpoints", lmtp);
        Add("Smtp:Tls:Certificate", tlsCertificate);
        Add("Smtp:Tls:Key", tlsKey);
        if (arguments.GetValue(tlsSelfSigned))
            given.Add(new("Smtp:Tls:SelfSigned", "true", tlsSelfSigned.Name));
        Add("Http:Endpoint", http);
        Add("Data:Directory", data);
        Add("Store", store);
        return given;

        void AddList(string key, Option<string[]> option)
        {
            if (arguments.GetValue(option) is { Length: > 0 } values)
                given.Add(new(key, string.Join(',', values), option.Name));
        }

        void Add(string key, Option<string?> option)
        {
            if (arguments.GetValue(option) is string value)
                given.Add(new(key, value, option.Name));
        }
    }
}
