using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about users and addresses.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_user_is_found_in_any_case_of_letters()
    {
        MailboxCredential anna = new("Anna@Y.test", 1, "SCRAM-SHA-256$1:a$b:c", "secret");
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(anna, Cancel));
        await ReopenAsync();
        Assert.Equal(anna, await Store.FindCredentialAsync("anna@y.TEST", Cancel));
        Assert.Null(await Store.FindCredentialAsync("anna", Cancel));
        Assert.Null(await Store.FindCredentialAsync("anna%", Cancel));
        Assert.Equal(AccessChange.Taken, await Store.AddCredentialAsync(anna with { User = "ANNA@y.test", Verifier = "other" }, Cancel));
        Assert.Equal([anna], await Store.ListCredentialsAsync(null, Cancel));
    }

    [Fact]
    public async Task A_mailbox_may_have_several_users_and_takes_them_along()
    {
        var second = await AddAsync("second", [new("one", 0, "v", null)], "a@y.test");
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("two", second.Id, "v", null), Cancel));
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("three", 1, "v", null), Cancel));
        Assert.Equal(AccessChange.NoMailbox, await Store.AddCredentialAsync(new("four", 99, "v", null), Cancel));
        Assert.Equal([("one", second.Id), ("three", 1), ("two", second.Id)], (await Store.ListCredentialsAsync(null, Cancel)).Select(each => (each.User, each.MailboxId)));

        Assert.True(await Store.RemoveMailboxAsync(second.Id, Cancel));
        Assert.Equal("three", Assert.Single(await Store.ListCredentialsAsync(null, Cancel)).User);
        Assert.Empty(await Store.ListAddressesAsync(null, null, Cancel));
        Assert.Null(await WhereAsync("a@y.test"));
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("one", 1, "v", null), Cancel));
    }

    [Fact]
    public async Task A_password_changes_and_the_mailbox_stays()
    {
        await Store.AddCredentialAsync(new("Anna", 1, "old", "clear"), Cancel);
        Assert.True(await Store.ChangePasswordAsync("anna", "new", null, Cancel));
        Assert.False(await Store.ChangePasswordAsync("nobody", "new", null, Cancel));
        Assert.Equal(new("Anna", 1, "new", null), await Store.FindCredentialAsync("anna", Cancel));
        Assert.True(await Store.RemoveCredentialAsync("ANNA", Cancel));
        Assert.False(await Store.RemoveCredentialAsync("ANNA", Cancel));
        Assert.Null(await Store.FindCredentialAsync("anna", Cancel));
    }

    [Fact]
    public async Task An_address_leads_to_one_mailbox()
    {
        Assert.Null(await WhereAsync("support@y.test"));
        var second = await AddAsync("second", null, "Support@Y.test", "\"a b\"@y.test");
        Assert.Equal(second.Id, await WhereAsync("SUPPORT@y.TEST"));
        Assert.Equal(second.Id, await WhereAsync("\"a b\"@y.test"));
        Assert.Null(await WhereAsync("support@z.test"));
        Assert.Null(await WhereAsync("support+1@y.test"));
        Assert.Null(await WhereAsync("postmaster"));
        Assert.Equal(AccessChange.Taken, await Store.AddAddressAsync(new(Rule("support@y.test"), 1), Cancel));
        Assert.Equal(AccessChange.NoMailbox, await Store.AddAddressAsync(new(Rule("info@y.test"), 99), Cancel));
        Assert.Equal(AccessChange.Done, await Store.AddAddressAsync(new(Rule("info@y.test"), 1), Cancel));
        await ReopenAsync();
        Assert.Equal(1, await WhereAsync("info@y.test"));
        Assert.Equal([("\"a b\"@y.test", second.Id), ("info@y.test", 1), ("Support@Y.test", second.Id)],
            (await Store.ListAddressesAsync(null, null, Cancel)).Select(each => (each.Rule.Text, each.MailboxId)));
        Assert.True(await Store.RemoveAddressAsync(Rule("INFO@y.test").Key, Cancel));
        Assert.False(await Store.RemoveAddressAsync(Rule("info@y.test").Key, Cancel));
        Assert.Null(await WhereAsync("info@y.test"));
    }

    [Theory]
    [InlineData("default", "new", "new@y.test", "default")]
    [InlineData("new", "ANNA", "new@y.test", "ANNA")]
    [InlineData("new", "new", "A@y.test", "A@y.test")]
    public async Task A_mailbox_is_made_with_everything_or_not_at_all(string name, string user, string address, string taken)
    {
        await Store.AddCredentialAsync(new("anna", 1, "v", null), Cancel);
        await Store.AddAddressAsync(new(Rule("a@y.test"), 1), Cancel);
        Assert.Equal(new(null, taken), await Store.AddMailboxAsync(new(new(name), [new(user, 0, "v", null)], [Rule("b@y.test"), Rule(address)]), Cancel));
        Assert.Single(await Store.ListMailboxesAsync(Cancel));
        Assert.Single(await Store.ListCredentialsAsync(null, Cancel));
        Assert.Single(await Store.ListAddressesAsync(null, null, Cancel));
    }

    [Fact]
    public void A_credential_does_not_print_its_secrets() => Assert.Equal("anna", $"{new MailboxCredential("anna", 1, "verifier", "secret")}");

    private protected static AddressRule Rule(string text) => AddressRule.TryParse(text, out var rule) ? rule : throw new FormatException(text);

    private async Task<int?> WhereAsync(string address) => (await new RecipientDirectory(Store, [], TimeProvider.System).FindAsync(Address(address), Cancel))?.MailboxId;
}
