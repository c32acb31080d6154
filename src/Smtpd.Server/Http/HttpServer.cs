using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Telemetry;
using Smtpd.Server.Web;

namespace Smtpd.Server.Http;

/// <summary>REST and health. Built from nothing, so no file or variable outside our own settings changes how it behaves.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private HttpServer(WebApplication application) => this.application = application;

    /// <summary>All routes.</summary>
    public EndpointDataSource Routes => application.Services.GetRequiredService<EndpointDataSource>();

    /// <summary>Where it listens; after <see cref="StartAsync"/> with the real port.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What needs nothing but the settings: it can be done while the store is opened.</summary>
    public static WebApplicationBuilder Prepare(ServerSettings.HttpSettings settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var endPoint = EndPointOf(settings.Endpoint);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            Limit(options);
            options.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        return builder;
    }

    public static async Task<HttpServer> StartAsync(
        WebApplicationBuilder builder, ServerSettings settings, IMessageStore store, SessionLog sessions, LoginFailures failures, ServerState state, ILoggerFactory loggers,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(sessions);
        builder.Services.AddSingleton(state);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<NginxAuth>();
        builder.Services.AddSingleton(failures);
        builder.Services.AddSingleton<HttpCredentials>();
        builder.Services.AddSingleton<ContentKeys>();
        builder.Services.AddSingleton<AccessGuard>();
        builder.Services.AddSingleton<PageAssets>();
        builder.Services.AddSingleton<MailboxInvention>();
        builder.Services.AddSingleton(new EventRing(store.Feed));
        builder.Services.AddSingleton<EventListeners>();
        builder.Services.AddSingleton(provider => new ServerMetrics(
            store, () => provider.GetRequiredService<MessageWaiters>().Count, () => provider.GetRequiredService<EventListeners>().Count, clock));
        builder.Services.AddSingleton(_ => new MetricCollector(ServerMetrics.Meters));
        builder.Services.AddSingleton<MessageReader>();
        builder.Services.AddSingleton<OpenApiDocument>();
        builder.Services.AddSingleton<MessageImport>();
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(new MessageWaiters(store, settings.Http.Waiters, clock));

        var application = builder.Build();
        var services = application.Services;
        RequestGuard guard = new(AllowedHosts(settings.Http), services.GetRequiredService<ContentKeys>(), loggers.CreateLogger("Smtpd.Server.Http"));
        var access = services.GetRequiredService<AccessGuard>();
        if (settings.Telemetry.IsWanted)
            services.GetRequiredService<ServerMetrics>();
        if (settings.Telemetry.Prometheus)
            services.GetRequiredService<MetricCollector>(); // counts from now on, not from the first look
        application.Use(next => context => guard.InvokeAsync(context, next));
        application.UseStatusCodePages(ExplainStatusAsync);
        application.UseRouting();
        PageFiles page = new(services.GetRequiredService<PageAssets>());
        application.Use(next => context => page.InvokeAsync(context, next));
        application.Use(next => context => access.InvokeAsync(context, next));
        Map(application, settings);

        HttpServer server = new(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Address = bound["http://".Length..];
        return server;
    }

    private static void Map(WebApplication application, ServerSettings settings)
    {
        application.MapProjects();
        application.MapMailboxes();
        application.MapMailboxAccess();
        application.MapMessages();
        application.MapBulk();
        application.MapContent();
        application.MapReading();
        application.MapHtml();
        application.MapImport();
        application.MapExport();
        application.MapSearch();
        application.MapWait();
        application.MapQueue();
        application.MapSessions();
        application.MapEvents();
        application.MapServer();
        application.MapSignIn();
        application.MapHealth();
        application.MapOpenApiDocument();
        if (settings.Telemetry.Prometheus)
            application.MapMetrics();
        // It has a trust of its own: who may ask, and by which secret.
        if (NginxAuth.IsWanted(settings))
            application.MapGet(NginxAuth.Path, (HttpContext context, NginxAuth auth) => auth.AnswerAsync(context)).For(RouteAccess.Everybody);
    }

    public Task StopAsync(CancellationToken cancellationToken) => application.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => application.DisposeAsync();

    // Each is a decision: requests here are short and carry nothing, answers may be long.
    private static void Limit(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = 1 << 20;
        options.Limits.MaxRequestLineSize = 8 << 10;
        options.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        options.Limits.MaxRequestHeaderCount = 100;
        options.Limits.MaxConcurrentConnections = 4096;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        options.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        options.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(30));
    }

    private static EndPoint EndPointOf(ListenAddress address)
    {
        if (address.UnixPath is not null)
            return new System.Net.Sockets.UnixDomainSocketEndPoint(address.UnixPath);
        if (address.Host.Length == 0)
            return new IPEndPoint(IPAddress.IPv6Any, address.Port); // Kestrel opens it for IPv4 too
        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return new IPEndPoint(IPAddress.Loopback, address.Port);
        return new IPEndPoint(IPAddress.Parse(address.Host), address.Port);
    }

    private static List<string> AllowedHosts(ServerSettings.HttpSettings settings)
    {
        List<string> hosts = [.. settings.AllowedHosts];
        if (settings.Endpoint.Host.Length > 0)
            hosts.Add(settings.Endpoint.Host);
        return hosts;
    }

    // Routing answers 404 and 405 without words.
    private static Task ExplainStatusAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var status = http.Response.StatusCode;
        var problem = status switch
        {
            StatusCodes.Status404NotFound => Problem.Of(status, "There is nothing at this address", "GET /api/mailboxes is where to begin."),
            StatusCodes.Status405MethodNotAllowed => Problem.Of(status, "This cannot be done here", $"Use one of: {http.Response.Headers.Allow}."),
            _ => Problem.Of(status, "The request is refused", "The status code says why."),
        };
        return problem.ExecuteAsync(http);
    }

    /// <summary>Signals are the program's business, not the web host's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
