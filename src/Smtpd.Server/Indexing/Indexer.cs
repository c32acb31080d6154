using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Indexing;

/// <summary>Reads messages after their commit, one at a time, and gives the store what to show and find of them. What a crash interrupts is done at the next start.</summary>
internal sealed class Indexer : IAsyncDisposable
{
    private const int AtOnce = 128;
    private const int MaximumFailures = 3;

    // Octets of messages that are read before the store is told: attachments are not held, texts are.
    private const long BytesAtOnce = 8 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(2);

    // Under load messages gather meanwhile: each transaction of the index costs as much as some dozen messages in it.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    // Other nodes may have died over what they claimed.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromMinutes(1);

    private readonly IMessageStore store;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim arrivals = new(0, 1);
    private Task running = Task.CompletedTask;

    public Indexer(IMessageStore store, TimeProvider clock, ILogger logger)
    {
        this.store = store;
        this.clock = clock;
        this.logger = logger;
        store.Feed.Subscribe(happened =>
        {
            if (happened is MessageStored)
                Wake();
        });
    }

    public void Start() => running = Task.Run(() => RunAsync(stop.Token));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        arrivals.Dispose();
    }

    /// <summary>Indexes what waits, up to a number.</summary>
    /// <returns>How many messages that were; 0 when none waits.</returns>
    public async Task<int> IndexSomeAsync(CancellationToken cancellationToken)
    {
        var claimed = await store.ClaimToIndexAsync(AtOnce, Patience, cancellationToken);
        List<IndexedMessage> indexed = [];
        long bytes = 0;
        List<Exception> failures = [];
        foreach (var each in claimed)
        {
            try
            {
                await using var content = each.Content is byte[] octets ? new MemoryStream(octets, writable: false) : await store.OpenContentAsync(each.Id, cancellationToken);
                if (content is null)
                    continue; // deleted meanwhile, and out of the queue with it
                bytes += content.Length;
                indexed.Add(await ReadAsync(each, content, cancellationToken));
            }
            catch (Exception e) when (e is IOException or StoreUnavailableException)
            {
                // One file that is missing keeps nobody else waiting; when nothing can be read, we do not ask for all of it.
                failures.Add(e);
                if (failures.Count == MaximumFailures)
                    break;
            }

            if (bytes < BytesAtOnce)
                continue;
            await store.IndexAsync(indexed, cancellationToken);
            indexed.Clear();
            bytes = 0;
        }

        if (indexed.Count > 0)
            await store.IndexAsync(indexed, cancellationToken);
        return failures.Count == 0 ? claimed.Count : throw new StoreUnavailableException("Not all messages could be read to be indexed.", new AggregateException(failures));
    }

    // The reader promises not to throw over content. If it does, one message must not stand in the way of all others.
    private async Task<IndexedMessage> ReadAsync(MessageToIndex message, Stream content, CancellationToken cancellationToken)
    {
        try
        {
            var size = content.Length;
            return MessageIndexing.Of(message, await MimeReader.ReadAsync(content, null, clock, cancellationToken), size);
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException or StoreUnavailableException))
        {
            ServerLog.NotReadable(logger, e, message.Id);
            return MessageIndexing.Unreadable(message);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var indexed = await IndexSomeAsync(cancellationToken);
                if (indexed == 0)
                    await arrivals.WaitAsync(LookAnyway, cancellationToken);
                else if (indexed < AtOnce)
                    await Task.Delay(Gathering, clock, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                ServerLog.IndexingFailed(logger, e);
                await Task.Delay(PauseAfterFailure, clock, cancellationToken);
            }
        }
    }

    private void Wake()
    {
        try
        {
            if (arrivals.CurrentCount == 0)
                arrivals.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else woke it, or it is stopping.
        }
    }
}
