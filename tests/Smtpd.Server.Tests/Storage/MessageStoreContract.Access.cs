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
        Assert.Equal([anna], await Store.ListCredentialsAsync(Cancel));
    }

    [Fact]
    public async Task A_mailbox_may_have_several_users_and_takes_them_along()
    {
        var second = await AddAsync("second", [new("one", 0, "v", null)], "a@y.test");
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("two", second.Id, "v", null), Cancel));
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("three", 1, "v", null), Cancel));
        Assert.Equal(AccessChange.NoMailbox, await Store.AddCredentialAsync(new("four", 99, "v", null), Cancel));
        Assert.Equal([("one", second.Id), ("three", 1), ("two", second.Id)], (await Store.ListCredentialsAsync(Cancel)).Select(each => (each.User, each.MailboxId)));

        Assert.True(await Store.RemoveMailboxAsync(second.Id, Cancel));
        Assert.Equal("three", Assert.Single(await Store.ListCredentialsAsync(Cancel)).User);
        Assert.Empty(await Store.ListAddressesAsync(Cancel));
        Assert.Null(await Store.FindMailboxIdAsync(Address("a@y.test"), Cancel));
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
        Assert.Null(await Store.FindMailboxIdAsync(Address("support@y.test"), Cancel));
        var second = await AddAsync("second", null, "Support@Y.test", "\"a b\"@y.test");
        Assert.Equal(second.Id, await Store.FindMailboxIdAsync(Address("SUPPORT@y.TEST"), Cancel));
        Assert.Equal(second.Id, await Store.FindMailboxIdAsync(Address("\"a b\"@y.test"), Cancel));
        Assert.Null(await Store.FindMailboxIdAsync(Address("support@z.test"), Cancel));
        Assert.Null(await Store.FindMailboxIdAsync(Address("support+1@y.test"), Cancel));
        Assert.Null(await Store.FindMailboxIdAsync(Address("postmaster"), Cancel));
        Assert.Equal(AccessChange.Taken, await Store.AddAddressAsync(new(Address("support@y.test"), 1), Cancel));
        Assert.Equal(AccessChange.NoMailbox, await Store.AddAddressAsync(new(Address("info@y.test"), 99), Cancel));
        Assert.Equal(AccessChange.Done, await Store.AddAddressAsync(new(Address("info@y.test"), 1), Cancel));
        await ReopenAsync();
        Assert.Equal(1, await Store.FindMailboxIdAsync(Address("info@y.test"), Cancel));
        Assert.Equal([("\"a b\"@y.test", second.Id), ("info@y.test", 1), ("Support@Y.test", second.Id)],
            (await Store.ListAddressesAsync(Cancel)).Select(each => (each.Address.Email, each.MailboxId)));
        Assert.True(await Store.RemoveAddressAsync(Address("INFO@y.test"), Cancel));
        Assert.False(await Store.RemoveAddressAsync(Address("info@y.test"), Cancel));
        Assert.Null(await Store.FindMailboxIdAsync(Address("info@y.test"), Cancel));
    }

    [Theory]
    [InlineData("default", "new", "new@y.test", "default")]
    [InlineData("new", "ANNA", "new@y.test", "ANNA")]
    [InlineData("new", "new", "A@y.test", "A@y.test")]
    public async Task A_mailbox_is_made_with_everything_or_not_at_all(string name, string user, string address, string taken)
    {
        await Store.AddCredentialAsync(new("anna", 1, "v", null), Cancel);
        await Store.AddAddressAsync(new(Address("a@y.test"), 1), Cancel);
        Assert.Equal(new(null, taken), await Store.AddMailboxAsync(new(name, [new(user, 0, "v", null)], [Address("b@y.test"), Address(address)]), Cancel));
        Assert.Single(await Store.ListMailboxesAsync(Cancel));
        Assert.Single(await Store.ListCredentialsAsync(Cancel));
        Assert.Single(await Store.ListAddressesAsync(Cancel));
    }

    [Fact]
    public void A_credential_does_not_print_its_secrets() => Assert.Equal("anna", $"{new MailboxCredential("anna", 1, "verifier", "secret")}");
}
