using System.Threading.Channels;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Hears from the other nodes, on a connection of its own that also holds this node's number, and publishes what they say here.</summary>
internal sealed class PostgresListener : IAsyncDisposable
{
    // Notifications that wait to be read out of the database. More: everybody is told to look again.
    private const int MaximumWaiting = 1000;

    // Messages of one notification that are read one by one.
    private const int MaximumMessages = 500;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly PostgresPool pool;
    private readonly MailFeed feed;
    private readonly ILogger logger;
    private readonly Action<int> renumbered;
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<string> heard = Channel.CreateBounded<string>(new BoundedChannelOptions(MaximumWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Task running;
    private readonly Task publishing;
    private NpgsqlConnection connection;
    private PostgresNode node;
    private bool isOverrun;

    private PostgresListener(PostgresPool pool, NpgsqlConnection connection, PostgresNode node, MailFeed feed, ILogger logger, Action<int> renumbered)
    {
        this.pool = pool;
        this.connection = connection;
        this.node = node;
        this.feed = feed;
        this.logger = logger;
        this.renumbered = renumbered;
        connection.Notification += Hear;
        running = Task.Run(ListenAsync);
        publishing = Task.Run(PublishAsync);
    }

    /// <summary>What this server is called now.</summary>
    public PostgresNode Node => Volatile.Read(ref node);

    /// <param name="connection">Becomes the listener's.</param>
    /// <param name="renumbered">Told when, after a lost connection, another node has got our number.</param>
    public static async Task<PostgresListener> StartAsync(
        PostgresPool pool, NpgsqlConnection connection, MailFeed feed, ILogger logger, Action<int> renumbered, CancellationToken cancellationToken)
    {
        PostgresNode node = new(await PostgresNode.TakeNumberAsync(connection, null, cancellationToken), await PostgresNode.ReadChannelAsync(connection, cancellationToken));
        await ListenAsync(connection, node.Channel, cancellationToken);
        renumbered(node.Number);
        return new(pool, connection, node, feed, logger, renumbered);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        heard.Writer.TryComplete();
        await running;
        await publishing;
        await connection.DisposeAsync();
        stop.Dispose();
    }

    private static async Task ListenAsync(NpgsqlConnection connection, string channel, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { PostgresCommand.Of("LISTEN " + channel) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ListenAsync()
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (connection.State is not System.Data.ConnectionState.Open)
                    await ReconnectAsync();
                pause = FirstPause;
                while (true)
                    await connection.WaitAsync(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (PostgresFailure.IsOne(e) || e is StoreRefusedException)
            {
                ServerLog.NotListening(logger, e);
                await CloseAsync();
                pause = await PauseAsync(pause);
            }
        }
    }

    // What happened meanwhile was told to nobody here.
    private async Task ReconnectAsync()
    {
        connection = await pool.OpenOwnAsync(stop.Token);
        connection.Notification += Hear;
        PostgresNode again = new(await PostgresNode.TakeNumberAsync(connection, node.Number, stop.Token), node.Channel);
        await ListenAsync(connection, node.Channel, stop.Token);
        Volatile.Write(ref node, again);
        renumbered(again.Number);
        ServerLog.ListeningAgain(logger, again.Number);
        Overrun();
    }

    private async Task CloseAsync()
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e) when (PostgresFailure.IsOne(e))
        {
            // It was broken already.
        }
    }

    private async Task<TimeSpan> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The store closes.
        }

        return pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }

    private void Hear(object sender, NpgsqlNotificationEventArgs happened)
    {
        // Our own was published when it was committed.
        if (!happened.Payload.StartsWith(OwnMark(), StringComparison.Ordinal) && !heard.Writer.TryWrite(happened.Payload))
            Overrun();
    }

    private string OwnMark() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Node.Number}|");

    private void Overrun()
    {
        Volatile.Write(ref isOverrun, true);
        heard.Writer.TryWrite(""); // so that somebody looks
    }

    private async Task PublishAsync()
    {
        await foreach (var text in heard.Reader.ReadAllAsync())
        {
            try
            {
                if (Interlocked.Exchange(ref isOverrun, false))
                    await PublishOverrunAsync();
                foreach (var each in MailEventText.Read(text).Items)
                    await PublishAsync(each);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (StoreUnavailableException)
            {
                // What this was about cannot be read: as soon as that works again, everybody looks again.
                await PauseAsync(LongestPause);
                Overrun();
            }
        }
    }

    private async Task PublishAsync(MailEventItem happened)
    {
        switch (happened.Kind)
        {
            case MailEventText.Stored or MailEventText.Changed when happened.Uids.Count > MaximumMessages:
            case MailEventText.Overrun:
                feed.Publish(new MailboxOverrun(happened.MailboxId));
                break;
            case MailEventText.Stored or MailEventText.Changed:
                var sql = $"SELECT {PostgresRows.MessageColumns} FROM deliveries d {PostgresRows.MessageTables} WHERE d.mailbox_id = $1 AND d.uid = ANY($2) ORDER BY d.uid";
                foreach (var each in await pool.QueryAsync(sql, PostgresRows.Message, stop.Token, happened.MailboxId, happened.Uids.ToArray()))
                    feed.Publish(happened.Kind == MailEventText.Stored ? new MessageStored(each) : new MessageChanged(each));
                break;
            case MailEventText.Removed:
                feed.Publish(new MessagesRemoved(happened.MailboxId, happened.Uids));
                break;
            case MailEventText.Mailbox:
                feed.Publish(new MailboxChanged(happened.MailboxId));
                break;
            case MailEventText.OverrunOfAll:
                await PublishOverrunAsync();
                break;
        }
    }

    private async Task PublishOverrunAsync()
    {
        foreach (var each in await pool.QueryAsync("SELECT id FROM mailboxes ORDER BY id", row => row.GetInt32(0), stop.Token))
            feed.Publish(new MailboxOverrun(each));
    }
}
