using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Tests.Fuzzing;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Fuzz;

/// <summary>What can be tried, by name.</summary>
internal sealed class Laws : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string directory;
    private readonly IMessageStore store;

    private Laws(string directory, IMessageStore store) => (this.directory, this.store) = (directory, store);

    public static string[] Names { get; } = ["session", "address", "parameters", "proxy", "sasl", "mime", "search"];

    public static async Task<Laws> OpenAsync()
    {
        var directory = Directory.CreateTempSubdirectory("smtpd-fuzz-").FullName;
        var store = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = directory, MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, CancellationToken.None);
        await SearchLaw.FillAsync(store, CancellationToken.None);
        return new(directory, store);
    }

    /// <returns>What was broken, or null.</returns>
    public async Task<string?> CheckAsync(string law, int seed)
    {
        try
        {
            return await TryAsync(law, seed) is { } broken ? $"{law}, {broken}" : null;
        }
        catch (Exception e)
        {
            return $"{law}, seed {seed}: {e}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private async Task<string?> TryAsync(string law, int seed) => law switch
    {
        "session" => await CutLaw.CheckAsync(seed, Patience)
            ?? await CutLaw.CheckWideAsync(seed, Patience)
            ?? await MailLaw.CheckAsync(seed, Patience)
            ?? await ContentLaw.CheckAsync(seed, (BareLineBreaks)((seed & int.MaxValue) % 3), Patience),
        "address" => AddressLaw.Check(seed),
        "parameters" => ParameterLaw.Check(seed),
        "proxy" => await ProxyHeaderLaw.CheckAsync(seed),
        "sasl" => await SaslLaw.CheckAsync(seed),
        "mime" => MimeLaw.Check(seed),
        _ => SearchLaw.Check(seed) ?? await SearchLaw.CheckAsync(seed, store, CancellationToken.None),
    };
}
