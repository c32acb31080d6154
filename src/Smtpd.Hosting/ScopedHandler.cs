using Microsoft.Extensions.DependencyInjection;

namespace Smtpd.Hosting;

/// <summary>The handler of a connection with the scope it was made in, which ends behind the connection.</summary>
internal sealed class ScopedHandler : DelegatingSmtpHandler
{
    private readonly AsyncServiceScope scope;

    private ScopedHandler(SmtpHandler inner, AsyncServiceScope scope)
        : base(inner) => this.scope = scope;

    public static ScopedHandler Create<THandler>(IServiceScopeFactory scopes, SmtpConnection connection)
        where THandler : SmtpHandler
    {
        var begun = scopes.CreateAsyncScope();
        try
        {
            begun.ServiceProvider.GetRequiredService<ScopedConnection>().Connection = connection;
            return new ScopedHandler(begun.ServiceProvider.GetRequiredService<THandler>(), begun);
        }
        catch
        {
            // Not waited for: what comes of disposing half a scope is nothing to tell the client.
            _ = begun.DisposeAsync().AsTask();
            throw;
        }
    }

    public override async ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        try
        {
            await base.OnDisconnectedAsync(connection, reason).ConfigureAwait(false);
        }
        finally
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>The connection that a scope belongs to.</summary>
internal sealed class ScopedConnection
{
    private SmtpConnection? connection;

    public SmtpConnection Connection
    {
        get => connection ?? throw new InvalidOperationException("There is an SmtpConnection only in the scope of a connection: take it in a handler, or in what a handler takes.");
        set => connection = value;
    }
}
