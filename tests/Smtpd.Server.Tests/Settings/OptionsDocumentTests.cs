using System.Text;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Tests.Settings;

/// <summary><c>docs/options.md</c> is printed from the table of settings. <c>APPROVE=1</c> writes it anew.</summary>
public sealed class OptionsDocumentTests
{
    [Fact]
    public void The_document_lists_every_setting_as_it_is()
    {
        var path = RepositoryFile.Path("docs/options.md");
        var expected = Print();
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
            File.WriteAllText(path, expected);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, "docs/options.md is stale: run the tests with APPROVE=1 and read the difference.");
    }

    [Fact]
    public void Each_setting_has_a_reason_and_a_name_of_its_own()
    {
        Assert.All(SettingsTable.All, each => Assert.EndsWith(".", each.Reason, StringComparison.Ordinal));
        Assert.Equal(SettingsTable.All.Count, SettingsTable.All.Select(each => each.Key).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    private static string Print()
    {
        StringBuilder text = new("""
            # Settings

            Each can be given in three ways; what comes later in this list wins:

            1. in `smtpd.json` in the working directory, or in the file that `--config` names: `{ "Smtp": { "Hostname": "mail.example" } }`
            2. as an environment variable: `SMTPD__Smtp__Hostname=mail.example`
            3. as an argument: `--set Smtp:Hostname=mail.example`, or by the option named below

            Names are the same in any case of letters. A name that is not in this list is an error, so that a slip of the pen does not
            pass for a setting. `smtpd check-config` says what is wrong and which settings were given.

            The last ones declare mailboxes, with names of your own for PROJECT, MAILBOX and USER: `{ "Projects": { "shop": { "Mailboxes": { "orders": { "Addresses": [ "orders@example.com" ] } } } } }`.
            Each start makes what is missing and changes what differs; what is not declared stays as it is.

            This file is printed from the table in `src/Smtpd.Server/Settings/SettingsTable.cs` by a test; change it there.

            | setting | value | default | reason |
            |---|---|---|---|

            """);
        foreach (var each in SettingsTable.All.Concat(DeclaredSettings.Documented))
            text.Append("| `").Append(each.Key).Append("` | ").Append(each.Allowed).Append(" | ").Append(each.Default.Length == 0 ? "(empty)" : $"`{each.Default}`")
                .Append(" | ").Append(each.Reason).Append(" |\n");
        return text.Replace("\r\n", "\n").ToString();
    }
}
