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
        foreach (var each in await store.ListMailboxesAsync(CancellationToken.None))
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{each.Id}\t{each.MessageCount}\t{each.MessageBytes}\t{each.Name}"));
        return ServeCommand.Success;
    });

    public static Task<int> AddAsync(ServerSettings settings, string name) => WithStoreAsync(settings, async store =>
    {
        if (name.Length is 0 or > Mailbox.MaximumNameLength || name.Any(char.IsControl))
            return await RefuseAsync(ServeCommand.WrongUse, $"a name has 1 to {Mailbox.MaximumNameLength} characters and no control characters");
        if (await store.AddMailboxAsync(name, CancellationToken.None) is not Mailbox added)
            return await RefuseAsync(ServeCommand.Failure, $"there is a mailbox `{name}` already, or this store keeps none");
        await Console.Out.WriteLineAsync(added.Id.ToString(CultureInfo.InvariantCulture));
        return ServeCommand.Success;
    });

    public static Task<int> RemoveAsync(ServerSettings settings, int mailboxId) => WithStoreAsync(settings, async store =>
        await store.RemoveMailboxAsync(mailboxId, CancellationToken.None)
            ? ServeCommand.Success
            : await RefuseAsync(ServeCommand.Failure, $"there is no mailbox {mailboxId}; see `smtpd mailbox list`"));

    private static async Task<int> WithStoreAsync(ServerSettings settings, Func<IMessageStore, Task<int>> act)
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

    private static async Task<int> RefuseAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync("smtpd: " + message);
        return exitCode;
    }
}
