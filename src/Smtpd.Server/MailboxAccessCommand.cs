using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server;

/// <summary><c>smtpd mailbox password|user|address</c>: who may use a mailbox, and which addresses lead there.</summary>
internal static class MailboxAccessCommand
{
    public static Task<int> AddUserAsync(ServerSettings settings, int mailboxId, string user, PasswordInput password) =>
        MailboxCommand.WithStoreAsync(settings, async store =>
        {
            (var credential, var wrong) = await password.ReadAsync(user, mailboxId);
            if (credential is null)
                return await MailboxCommand.RefuseAsync(ServeCommand.WrongUse, wrong);
            return await ReportAsync(await store.AddCredentialAsync(credential, CancellationToken.None), mailboxId, user);
        });

    public static Task<int> ChangePasswordAsync(ServerSettings settings, string user, PasswordInput password) =>
        MailboxCommand.WithStoreAsync(settings, async store =>
        {
            (var credential, var wrong) = await password.ReadAsync(user, 0);
            if (credential is null)
                return await MailboxCommand.RefuseAsync(ServeCommand.WrongUse, wrong);
            return await store.ChangePasswordAsync(user, credential.Verifier, credential.ClearSecret, CancellationToken.None)
                ? ServeCommand.Success
                : await MailboxCommand.RefuseAsync(ServeCommand.Failure, $"there is no user `{user}`; see `smtpd mailbox list`");
        });

    public static Task<int> RemoveUserAsync(ServerSettings settings, string user) => MailboxCommand.WithStoreAsync(settings, async store =>
        await store.RemoveCredentialAsync(user, CancellationToken.None)
            ? ServeCommand.Success
            : await MailboxCommand.RefuseAsync(ServeCommand.Failure, $"there is no user `{user}`; see `smtpd mailbox list`"));

    public static Task<int> AddAddressAsync(ServerSettings settings, int mailboxId, string text) => MailboxCommand.WithStoreAsync(settings, async store =>
    {
        if (!AddressRule.TryParse(text, out var rule))
            return await MailboxCommand.RefuseAsync(ServeCommand.WrongUse, NoAddress(text));
        return await ReportAsync(await store.AddAddressAsync(new(rule, mailboxId), CancellationToken.None), mailboxId, text);
    });

    public static Task<int> RemoveAddressAsync(ServerSettings settings, string text) => MailboxCommand.WithStoreAsync(settings, async store =>
        AddressRule.TryParse(text, out var rule) && await store.RemoveAddressAsync(rule.Key, CancellationToken.None)
            ? ServeCommand.Success
            : await MailboxCommand.RefuseAsync(ServeCommand.Failure, $"there is no address `{text}`; see `smtpd mailbox list`"));

    public static string NoAddress(string text) => $"`{text}` is not an address rule; write one of: {AddressRule.Syntax}";

    private static async Task<int> ReportAsync(AccessChange change, int mailboxId, string what) => change switch
    {
        AccessChange.Done => ServeCommand.Success,
        AccessChange.NoMailbox => await MailboxCommand.RefuseAsync(ServeCommand.Failure, MailboxCommand.NoMailbox(mailboxId)),
        _ => await MailboxCommand.RefuseAsync(ServeCommand.Failure, $"`{what}` is taken; see `smtpd mailbox list`"),
    };
}
