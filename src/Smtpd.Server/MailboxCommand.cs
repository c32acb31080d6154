using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server;

/// <summary><c>smtpd mailbox list|add|remove</c>.</summary>
internal static class MailboxCommand
{
    public static Task<int> ListAsync(ServerSettings settings) => WithStoreAsync(settings, async store =>
    {
        var users = (await store.ListCredentialsAsync(null, CancellationToken.None)).ToLookup(each => each.MailboxId, each => each.User);
        var addresses = (await store.ListAddressesAsync(null, null, CancellationToken.None)).ToLookup(each => each.MailboxId, each => each.Rule.Text);
        foreach (var each in await store.ListMailboxesAsync(CancellationToken.None))
        {
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{each.Id}\t{each.MessageCount}\t{each.MessageBytes}\t{each.Name}\t{string.Join(',', users[each.Id])}\t{string.Join(',', addresses[each.Id])}"));
        }

        return ServeCommand.Success;
    });

    public static Task<int> AddAsync(ServerSettings settings, string name, string? user, PasswordInput password, string[] addresses) =>
        WithStoreAsync(settings, async store =>
        {
            if (!Mailbox.IsName(name))
                return await RefuseAsync(ServeCommand.WrongUse, $"a name has 1 to {Mailbox.MaximumNameLength} characters and no control characters");
            List<AddressRule> parsed = [];
            foreach (var each in addresses)
            {
                if (!AddressRule.TryParse(each, out var rule))
                    return await RefuseAsync(ServeCommand.WrongUse, MailboxAccessCommand.NoAddress(each));
                parsed.Add(rule);
            }

            List<MailboxCredential> credentials = [];
            if (user is not null || password.IsGiven)
            {
                (var credential, var wrong) = await password.ReadAsync(user ?? "", 0);
                if (credential is null)
                    return await RefuseAsync(ServeCommand.WrongUse, user is null ? "--password-stdin needs --user" : wrong);
                credentials.Add(credential);
            }

            var added = await store.AddMailboxAsync(new(new(name), credentials, parsed), CancellationToken.None);
            if (added.Mailbox is null)
                return await RefuseAsync(ServeCommand.Failure, $"`{added.Taken}` is taken (see `smtpd mailbox list`), or this store keeps no mailboxes");
            await Console.Out.WriteLineAsync(added.Mailbox.Id.ToString(CultureInfo.InvariantCulture));
            return ServeCommand.Success;
        });

    public static Task<int> RemoveAsync(ServerSettings settings, int mailboxId) => WithStoreAsync(settings, async store =>
        await store.RemoveMailboxAsync(mailboxId, CancellationToken.None)
            ? ServeCommand.Success
            : await RefuseAsync(ServeCommand.Failure, NoMailbox(mailboxId)));

    public static string NoMailbox(int mailboxId) =>
        string.Create(CultureInfo.InvariantCulture, $"there is no mailbox {mailboxId}; see `smtpd mailbox list`");

    public static async Task<int> WithStoreAsync(ServerSettings settings, Func<IMessageStore, Task<int>> act)
    {
        try
        {
            await using var store = await ServeCommand.OpenStoreAsync(settings, NullLogger.Instance, besideServer: true);
            return await act(store);
        }
        catch (Exception e) when (e is StoreRefusedException or StoreUnavailableException)
        {
            return await RefuseAsync(ServeCommand.Failure, e.Message);
        }
    }

    public static async Task<int> RefuseAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync("smtpd: " + message);
        return exitCode;
    }
}
