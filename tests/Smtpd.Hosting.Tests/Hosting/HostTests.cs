using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Smtpd.Hosting.Tests.Hosting;

public sealed class HostTests
{
    private const int Hang = 30_000;

    [Fact(Timeout = Hang)]
    public async Task The_server_listens_when_the_host_has_started_and_not_when_it_has_stopped()
    {
        using var host = Build(services => services.AddSmtpServer(options => options.Address = "127.0.0.1:0"));
        await host.StartAsync(Token);
        var endPoint = EndPointOf(host);
        await using (var client = await SmtpTestClient.ConnectAsync(endPoint, Token))
            await client.HelloAsync(cancellationToken: Token);

        await host.StopAsync(Token);

        await Assert.ThrowsAsync<SocketException>(() => SmtpTestClient.ConnectAsync(endPoint, Token));
    }

    [Fact(Timeout = Hang)]
    public async Task An_address_in_use_keeps_the_host_from_starting()
    {
        await using var taken = await SmtpTestServer.StartAsync();
        using var host = Build(services => services.AddSmtpServer(options => options.Address = $"127.0.0.1:{taken.Port}"));

        await Assert.ThrowsAsync<SocketException>(() => host.StartAsync(Token));
    }

    [Fact(Timeout = Hang)]
    public async Task Options_that_cannot_work_keep_the_host_from_starting_with_the_sentences_of_the_library()
    {
        using var host = Build(services => services.AddSmtpServer(options =>
        {
            options.Hostname = "no good";
            options.Limits = options.Limits with { Recipients = 0 };
        }));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));

        Assert.Equal(new SmtpServerOptions { Hostname = "no good", Limits = new() { Recipients = 0 } }.Problems(), failure.Failures);
        Assert.Equal(2, failure.Failures.Count());
    }

    [Fact(Timeout = Hang)]
    public async Task Stopping_waits_for_a_message_under_way()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build(services => services.AddSmtpServer(options =>
        {
            options.Address = "127.0.0.1:0";
            options.OnMessage = async (_, _) =>
            {
                arrived.SetResult();
                await release.Task;
                return SmtpReply.Accepted("late");
            };
        }));
        await host.StartAsync(Token);
        await using var client = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);
        await client.HelloAsync(cancellationToken: Token);
        var reply = client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token);
        await arrived.Task;

        var stopping = host.StopAsync(Token);
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal("250 2.0.0 late", (await reply).ToString());
        await client.ExpectAsync(421, Token);
        await stopping;
    }

    [Fact(Timeout = Hang)]
    public async Task Stopping_does_not_wait_longer_than_the_drain_timeout()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build(services => services.AddSmtpServer(options =>
        {
            options.Address = "127.0.0.1:0";
            options.DrainTimeout = TimeSpan.FromMilliseconds(50);
            options.OnMessage = async (_, cancellationToken) =>
            {
                arrived.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return SmtpReply.Ok;
            };
        }));
        await host.StartAsync(Token);
        await using var client = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);
        await client.HelloAsync(cancellationToken: Token);
        var reply = client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token);
        await arrived.Task;

        await host.StopAsync(Token);

        await Assert.ThrowsAsync<SmtpTestException>(() => reply);
    }

    [Fact(Timeout = Hang)]
    public async Task Each_connection_has_a_scope_that_ends_with_it()
    {
        using var host = Build(services =>
        {
            services.AddSingleton<Journal>().AddScoped<Resource>();
            services.AddSmtpServer(options => options.Address = "127.0.0.1:0").AddHandler<ScopedMail>();
        });
        await host.StartAsync(Token);
        var journal = host.Services.GetRequiredService<Journal>();
        await using var one = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);
        await using var two = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);
        await one.HelloAsync(cancellationToken: Token);
        await two.HelloAsync(cancellationToken: Token);
        var first = (await one.CommandAsync("VRFY me", 252, Token)).Text;
        var second = (await two.CommandAsync("VRFY me", 252, Token)).Text;
        Assert.NotEqual(first, second);
        Assert.Equal(first, (await one.CommandAsync("VRFY me", 252, Token)).Text);
        Assert.Empty(journal.Lines);

        await one.CommandAsync("QUIT", 221, Token);
        await one.ExpectEndAsync(Token);
        await host.StopAsync(Token);

        // The handler hears of the end first, then what it took is disposed; the other connection ended with the host.
        Assert.Equal(["disconnected " + first, "disposed " + first, "disconnected " + second, "disposed " + second], journal.Lines);
    }

    [Fact(Timeout = Hang)]
    public async Task A_handler_that_cannot_be_made_is_a_421_and_a_line_in_the_log()
    {
        var log = new Journal();
        using var host = Build(services =>
        {
            services.AddSingleton<ILoggerProvider>(log);
            services.AddSmtpServer(options => options.Address = "127.0.0.1:0").AddHandler<ScopedMail>();
        });
        await host.StartAsync(Token);
        await using var client = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);

        await client.ExpectAsync(421, Token);
        Assert.Contains(log.Lines, line => line.Contains("Resource", StringComparison.Ordinal));
    }

    [Fact(Timeout = Hang)]
    public async Task Several_servers_have_names()
    {
        using var host = Build(services =>
        {
            services.AddSmtpServer("mx", options => { options.Address = "127.0.0.1:0"; options.Hostname = "mx.test"; });
            services.AddSmtpServer("submission", options => { options.Address = "127.0.0.1:0"; options.Hostname = "submission.test"; });
            services.AddSmtpServer("mx").Configure(options => options.Config = new() { WelcomeMessage = "said later" });
            services.AddHealthChecks().AddSmtpServer("mx").AddSmtpServer("submission");
        });
        await host.StartAsync(Token);

        foreach (var (name, greeting) in new[] { ("mx", "mx.test said later"), ("submission", "submission.test ESMTP Service ready") })
        {
            var server = host.Services.GetRequiredKeyedService<SmtpServer>(name);
            await using var client = await SmtpTestClient.ConnectAsync(Assert.Single(server.LocalEndPoints), Token);
            Assert.Equal(greeting, (await client.ExpectAsync(220, Token)).Text);
        }

        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        Assert.Equal(["smtp-mx", "smtp-submission"], health.Entries.Keys.Order(StringComparer.Ordinal));
        await host.StopAsync(Token);
    }

    [Fact(Timeout = Hang)]
    public async Task Health_is_listening_and_room_for_one_more_connection()
    {
        using var host = Build(services =>
        {
            services.AddSmtpServer(options => { options.Address = "127.0.0.1:0"; options.Limits = options.Limits with { Connections = 1 }; });
            services.AddHealthChecks().AddSmtpServer();
        });
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Status);
        await host.StartAsync(Token);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);

        await using (var client = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token))
        {
            await client.ExpectAsync(220, Token);
            var full = await CheckAsync(host);
            Assert.Equal(HealthStatus.Degraded, full.Status);
            Assert.Equal(1, full.Data["connections"]);
        }

        await host.StopAsync(Token);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Status);
    }

    [Fact(Timeout = Hang)]
    public async Task Options_can_be_made_of_the_services_of_the_host()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(time).AddSingleton(new Journal { Lines = { "greetings.test" } });
            services.AddSmtpServer(options => options.Address = "127.0.0.1:0")
                .Configure((options, provider) => options.Hostname = provider.GetRequiredService<Journal>().Lines[0]);
        });
        await host.StartAsync(Token);

        Assert.Same(time, host.Services.GetRequiredService<IOptions<SmtpServerOptions>>().Value.TimeProvider);
        await using var client = await SmtpTestClient.ConnectAsync(EndPointOf(host), Token);
        Assert.StartsWith("greetings.test", (await client.ExpectAsync(220, Token)).Text, StringComparison.Ordinal);
        await client.DisposeAsync();
        await host.StopAsync(Token);
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        add(builder.Services);
        return builder.Build();
    }

    private static EndPoint EndPointOf(IHost host) => Assert.Single(host.Services.GetRequiredService<SmtpServer>().LocalEndPoints);

    private static async Task<HealthReportEntry> CheckAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["smtp"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public sealed class Journal : ILoggerProvider, ILogger
    {
        public IList<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
        }
    }

    public sealed class Resource(Journal journal, SmtpConnection connection) : IAsyncDisposable
    {
        public string Id => connection.Id;

        public ValueTask DisposeAsync()
        {
            journal.Lines.Add("disposed " + Id);
            return ValueTask.CompletedTask;
        }
    }

    public sealed class ScopedMail(Resource resource, Journal journal) : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnVerifyAsync(SmtpConnection connection, string argument, CancellationToken cancellationToken)
        {
            Assert.Equal(connection.Id, resource.Id);
            return new(new SmtpReply(252, resource.Id));
        }

        public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
        {
            journal.Lines.Add("disconnected " + resource.Id);
            return ValueTask.CompletedTask;
        }
    }
}
