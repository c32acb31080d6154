using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Tests.Transport;

public sealed class ConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Connections_over_the_limit_are_told_421_and_their_places_are_given_back()
    {
        await using var server = Server(new SmtpLimits { Connections = 2 });
        var first = InMemoryPeer.Connect(server);
        var second = InMemoryPeer.Connect(server);
        Assert.StartsWith("220", await first.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("220", await second.ReplyAsync(), StringComparison.Ordinal);

        Assert.StartsWith("421 4.7.0", await InMemoryPeer.Connect(server).ReplyAsync(), StringComparison.Ordinal);

        first.Close();
        await first.Served;
        Assert.StartsWith("220", await InMemoryPeer.Connect(server).ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:0:0:2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    public async Task Connections_are_counted_by_IPv4_address_and_IPv6_network(string one, string other, bool isSame)
    {
        await using var server = Server(new SmtpLimits { ConnectionsPerAddress = 1 });
        var first = InMemoryPeer.Connect(server, remote: new IPEndPoint(IPAddress.Parse(one), 1));
        Assert.StartsWith("220", await first.ReplyAsync(), StringComparison.Ordinal);

        var second = InMemoryPeer.Connect(server, remote: new IPEndPoint(IPAddress.Parse(other), 2));

        Assert.StartsWith(isSame ? "421 4.7.0" : "220", await second.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Over_a_socket_too_a_connection_over_the_limit_reads_its_421()
    {
        await using var server = Server(new SmtpLimits { ConnectionsPerAddress = 1 });
        await server.StartAsync(Token);
        using var first = await ConnectAsync(server);
        Assert.StartsWith("220", await ReadLineAsync(first), StringComparison.Ordinal);
        using var second = await ConnectAsync(server);
        Assert.StartsWith("421 4.7.0", await ReadLineAsync(second), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Several_endpoints_of_both_families_are_served_and_told()
    {
        var options = new SmtpServerOptions { OnMessage = static (_, _) => new(SmtpReply.Ok) };
        options.Endpoints.Add(SmtpEndpoint.Parse("127.0.0.1:0"));
        options.Endpoints.Add(SmtpEndpoint.Parse("[::1]:0"));
        options.Endpoints.Add(SmtpEndpoint.Parse(":0"));
        await using var server = new SmtpServer(options);
        await server.StartAsync(Token);

        Assert.Equal(3, server.LocalEndPoints.Count);
        var any = ((IPEndPoint)server.LocalEndPoints[2]).Port;
        EndPoint[] reachable = [server.LocalEndPoints[0], server.LocalEndPoints[1], new IPEndPoint(IPAddress.Loopback, any), new IPEndPoint(IPAddress.IPv6Loopback, any)];
        foreach (var endPoint in reachable)
        {
            using var client = new TcpClient(endPoint.AddressFamily);
            await client.ConnectAsync((IPEndPoint)endPoint, Token);
            Assert.StartsWith("220", await ReadLineAsync(client), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task An_address_in_use_fails_the_start_and_leaves_nothing_bound()
    {
        await using var holder = Server();
        await holder.StartAsync(Token);
        var taken = (IPEndPoint)holder.LocalEndPoints[0];
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var free = (IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        var options = new SmtpServerOptions { OnMessage = static (_, _) => new(SmtpReply.Ok) };
        options.Endpoints.Add(new SmtpEndpoint(free));
        options.Endpoints.Add(new SmtpEndpoint(taken));
        await using var server = new SmtpServer(options);

        var exception = await Assert.ThrowsAsync<SocketException>(() => server.StartAsync(Token));

        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
        Assert.Empty(server.LocalEndPoints);
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(free, Token).AsTask());
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_connection_that_is_reset_or_whose_handler_fails_touches_no_other()
    {
        await using var server = new SmtpServer(new SmtpServerOptions
        {
            Address = "127.0.0.1:0",
            OnMessage = static (mail, _) => mail.Transaction.Sender.LocalPart.Equals("bad", StringComparison.Ordinal)
                ? throw new InvalidOperationException("secret")
                : new(SmtpReply.Ok),
        });
        await server.StartAsync(Token);
        using var good = await ConnectAsync(server);
        await ReadLineAsync(good);
        for (var i = 0; i < 20; i++)
        {
            using var reset = await ConnectAsync(server);
            await SendAsync(reset, "EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nhalf a mess");
            reset.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        using var failing = await ConnectAsync(server);
        await SendAsync(failing, "HELO x\r\nMAIL FROM:<bad@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
        var replies = await ReadToEndAsync(failing);
        Assert.Contains("\r\n451 4.3.0 ", replies, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", replies, StringComparison.Ordinal);

        await SendAsync(good, "HELO x\r\nMAIL FROM:<good@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
        Assert.Contains("\r\n250 2.0.0 OK\r\n221 ", await ReadToEndAsync(good), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_pipelined_group_is_answered_in_one_write()
    {
        await using var server = Server();
        await server.StartAsync(Token);
        using var client = await ConnectAsync(server);
        await ReadLineAsync(client);
        await SendAsync(client, "EHLO x\r\n");
        var buffer = new byte[65536];
        Assert.NotEqual(0, await client.GetStream().ReadAsync(buffer, Token));

        await SendAsync(client, "MAIL FROM:<a@x.test>\r\n" + string.Concat(Enumerable.Repeat("RCPT TO:<b@x.test>\r\n", 50)) + "DATA\r\n");
        var length = await client.GetStream().ReadAsync(buffer, Token);

        var lines = Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(52, lines.Length);
        Assert.StartsWith("354", lines[^1], StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(65536)]
    public async Task A_peer_that_ends_its_side_behind_a_group_still_gets_all_replies(int octets)
    {
        await using var server = Server();
        await server.StartAsync(Token);
        using var client = await ConnectAsync(server);
        // As long as a buffer of the server: the group's end and the end of the input come as one.
        var padded = string.Concat(Enumerable.Repeat("NOOP\r\n", octets / 6 - 1));
        await SendAsync(client, padded + "NOOP " + new string('x', octets - padded.Length - 7) + "\r\n");

        var lines = (await ReadToEndAsync(client)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(1 + octets / 6, lines.Length);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_refusal_is_read_although_the_peer_still_sends()
    {
        await using var server = Server(new SmtpLimits { MessageOctets = 1000, DrainOctets = 1000 });
        await server.StartAsync(Token);
        using var client = await ConnectAsync(server);
        await SendAsync(client, "EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n" + new string('x', 3000));
        var line = await ReadLineAsync(client);
        while (!line.StartsWith("552 5.3.4 ", StringComparison.Ordinal))
        {
            Assert.NotEmpty(line);
            line = await ReadLineAsync(client);
        }

        // A socket that was closed would answer this with a reset, and the reply would be lost to a peer that had not read it yet.
        for (var i = 0; i < 50; i++)
            await SendAsync(client, new string('x', 10_000));
        Assert.Empty(await ReadToEndAsync(client));
    }

    private static SmtpServer Server(SmtpLimits? limits = null) => new(new SmtpServerOptions
    {
        Address = "127.0.0.1:0",
        Limits = limits ?? new SmtpLimits(),
        OnMessage = static (_, _) => new(SmtpReply.Ok),
    });

    private static async Task<TcpClient> ConnectAsync(SmtpServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)server.LocalEndPoints[0], Token);
        return client;
    }

    private static async Task SendAsync(TcpClient client, string text) => await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), Token);

    private static async Task<string> ReadLineAsync(TcpClient client)
    {
        var line = new StringBuilder();
        var octet = new byte[1];
        while (await client.GetStream().ReadAsync(octet, Token) == 1 && octet[0] != '\n')
            line.Append((char)octet[0]);
        return line.ToString();
    }

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        client.Client.Shutdown(SocketShutdown.Send);
        return await reader.ReadToEndAsync(Token);
    }
}
