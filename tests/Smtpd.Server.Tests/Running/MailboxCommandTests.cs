using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary><c>smtpd mailbox</c>, beside a running server where that matters.</summary>
public sealed class MailboxCommandTests : IDisposable
{
    private const string Password = "pass\u00e9 word";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_mailbox_is_made_with_a_user_and_addresses()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        Assert.Equal((0, "2\n", ""), await MailboxAsync(Password + "\n", "add", "second", "--user", "Anna", "--password-stdin", "--address", "a@y.test", "--address", "B@y.test"));
        Assert.Equal((0, "", ""), await MailboxAsync(Password, "user", "add", "2", "bert", "--password-stdin", "--keep-clear-secret"));
        Assert.Equal((0, "", ""), await MailboxAsync("", "address", "add", "1", "c@y.test"));
        Assert.Equal((0, "1\t0\t0\tdefault\t\tc@y.test\n2\t0\t0\tsecond\tAnna,bert\ta@y.test,B@y.test\n", ""), await MailboxAsync("", "list"));

        Assert.Equal((0, "", ""), await MailboxAsync("another one\r\n", "password", "ANNA", "--password-stdin"));
        Assert.Equal((0, "", ""), await MailboxAsync("", "user", "remove", "Bert"));
        Assert.Equal((0, "", ""), await MailboxAsync("", "address", "remove", "b@y.test"));
        Assert.Equal((0, "1\t0\t0\tdefault\t\tc@y.test\n2\t0\t0\tsecond\tAnna\ta@y.test\n", ""), await MailboxAsync("", "list"));
        Assert.DoesNotContain(Password, program.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "", "--password-stdin", "add", "x", "--user", "u")]
    [InlineData(2, "a secret", "--user", "add", "x", "--password-stdin")]
    [InlineData(2, "", "first line of standard input", "add", "x", "--user", "u", "--password-stdin")]
    [InlineData(2, "1234567", "8 to 1024 characters", "add", "x", "--user", "u", "--password-stdin")]
    [InlineData(2, "a se\u0001cret", "no control characters", "add", "x", "--user", "u", "--password-stdin")]
    [InlineData(2, "a secret", "a user name has", "add", "x", "--user", "", "--password-stdin")]
    [InlineData(2, "a secret", "`a b@y.test` is not an address rule", "add", "x", "--address", "a b@y.test")]
    [InlineData(2, "a secret", "`postmaster` is not an address rule", "address", "add", "1", "postmaster")]
    [InlineData(1, "a secret", "no mailbox 7", "user", "add", "7", "u", "--password-stdin")]
    [InlineData(1, "a secret", "no mailbox 7", "address", "add", "7", "a@y.test")]
    [InlineData(1, "a secret", "no user `u`", "password", "u", "--password-stdin")]
    [InlineData(1, "a secret", "no user `u`", "user", "remove", "u")]
    [InlineData(1, "a secret", "no address `a@y.test`", "address", "remove", "a@y.test")]
    [InlineData(1, "a secret", "`default` is taken", "add", "default")]
    public async Task What_cannot_be_is_explained(int expected, string input, string hint, params string[] arguments)
    {
        (var exitCode, var output, var error) = await MailboxAsync(input, arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.Equal((0, "1\t0\t0\tdefault\t\t\n", ""), await MailboxAsync("", "list"));
    }

    [Fact]
    public async Task An_address_leads_to_its_mailbox_at_once_and_the_rest_to_the_catch_all()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await MailboxAsync("", "add", "second", "--address", "b@y.test");
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<B@Y.test>", "250");
        await client.CommandAsync("RCPT TO:<other@y.test>", "250");
        await client.CommandAsync("DATA", "354");
        await client.CommandAsync("Subject: both\r\n\r\n.", "250");
        Assert.Equal(["B@Y.test"], await RecipientsAsync(program, 2));
        Assert.Equal(["other@y.test"], await RecipientsAsync(program, 1));

        await MailboxAsync("", "remove", "2");
        Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("again")), StringComparison.Ordinal);
        Assert.Equal(["b@y.test"], await RecipientsAsync(program, 1));
    }

    [Fact]
    public async Task Without_a_catch_all_only_known_addresses_are_taken()
    {
        await MailboxAsync("", "add", "second", "--address", "b@y.test");
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Smtp:CatchAll=");
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<other@y.test>", "550 5.1.1");
        await client.CommandAsync("RCPT TO:<b@y.test>", "250");
    }

    [Fact]
    public async Task A_mailbox_that_goes_before_the_message_is_no_place_for_it()
    {
        await MailboxAsync("", "add", "second", "--address", "b@y.test");
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<b@y.test>", "250");
        await client.CommandAsync("RCPT TO:<other@y.test>", "250");
        await client.CommandAsync("DATA", "354");
        await MailboxAsync("", "remove", "2");
        // One answer for both: to be sent again, when b@y.test will lead elsewhere.
        await client.CommandAsync("Subject: x\r\n\r\n.", "451");
        Assert.Equal(0, (await program.GetAsync("/api/mailboxes/1/messages")).GetProperty("messages").GetArrayLength());
    }

    // Of the newest message.
    private static async Task<string[]> RecipientsAsync(SmtpdProcess program, int mailboxId)
    {
        var list = await program.GetAsync($"/api/mailboxes/{mailboxId}/messages");
        return list.GetProperty("messages")[0].GetProperty("envelope").GetProperty("to").Deserialize<string[]>()!;
    }

    private Task<(int ExitCode, string Output, string Error)> MailboxAsync(string input, params string[] arguments) =>
        SmtpdProcess.RunAsync(directory.Path, null, input, ["mailbox", .. arguments, "--data", directory["data"]]);
}
