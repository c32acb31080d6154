namespace Smtpd.Server.Http;

/// <summary>On whose behalf a request comes. Whoever opens one mailbox sees nothing of the others, not even that they exist.</summary>
/// <param name="MailboxId">The one mailbox of its user; <c>null</c> for an administrator.</param>
internal sealed record Caller(int? MailboxId)
{
    /// <summary>Who signed in with a browser; <c>null</c> when credentials were shown, or none are needed.</summary>
    public string? SessionUser { get; init; }

    public static Caller Administrator { get; } = new((int?)null);

    public bool IsAdministrator => MailboxId is null;

    public bool MaySee(int mailboxId) => MailboxId is null || MailboxId == mailboxId;

    /// <summary>How handlers get it: <see cref="AccessGuard"/> has left it in the context.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) => new(Of(context));

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("The request went past the access guard.");
}

/// <summary>Who may use a route. Without it: administrators, and where the route names a mailbox, also that mailbox's users.</summary>
internal enum RouteAccess
{
    /// <summary>Anybody, without credentials: health.</summary>
    Everybody,

    /// <summary>Users of mailboxes too; the handler shows each his own.</summary>
    Users,

    /// <summary>Administrators only, though the route names a mailbox.</summary>
    Administrators,
}
