using System.Net;
using System.Net.Sockets;

namespace Smtpd.Server.Tests.Storage;

/// <summary>Stands between a client and a server on loopback, and cuts all connections at a chosen moment. New ones go through.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private static readonly TimeSpan UntilDone = TimeSpan.FromMilliseconds(300);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<Pair> pairs = [];
    private readonly int target;
    private readonly Task running;

    public CuttingProxy(int target)
    {
        this.target = target;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        running = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>From now on nothing comes back on the connections that there are, and a moment later they break.</summary>
    /// <param name="requests">What is sent does not arrive either.</param>
    public void Cut(bool requests)
    {
        lock (pairs)
        {
            foreach (var each in pairs)
                each.Cut(requests);
            pairs.Clear();
        }
    }

    /// <summary>New ones go through no more.</summary>
    public void TakeNoMore() => listener.Stop();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (pairs)
            pairs.ForEach(each => each.Close());
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await listener.AcceptTcpClientAsync(stop.Token);
            TcpClient server = new();
            await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            client.NoDelay = server.NoDelay = true;
            Pair pair = new(client, server);
            lock (pairs)
                pairs.Add(pair);
            pair.Start();
        }
    }

    private sealed class Pair(TcpClient client, TcpClient server)
    {
        private volatile bool dropsReplies;
        private volatile bool dropsRequests;

        public void Start()
        {
            _ = CopyAsync(client, server, () => dropsRequests);
            _ = CopyAsync(server, client, () => dropsReplies);
        }

        public void Cut(bool requests)
        {
            dropsRequests = requests;
            dropsReplies = true;
            _ = CloseLaterAsync();
        }

        public void Close()
        {
            client.Close();
            server.Close();
        }

        private async Task CloseLaterAsync()
        {
            await Task.Delay(UntilDone);
            Close();
        }

        private async Task CopyAsync(TcpClient from, TcpClient to, Func<bool> isDropped)
        {
            var block = new byte[64 * 1024];
            try
            {
                int some;
                while ((some = await from.GetStream().ReadAsync(block)) > 0)
                {
                    if (!isDropped())
                        await to.GetStream().WriteAsync(block.AsMemory(0, some));
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One side has gone.
            }

            Close();
        }
    }
}
