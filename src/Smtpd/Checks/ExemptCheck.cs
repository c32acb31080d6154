using System.Net;

namespace Smtpd;

/// <summary>Other checks, for all clients but some: what an allow list is for.</summary>
public sealed class ExemptCheck : SmtpCheck
{
    private readonly Func<SmtpConnection, bool> isExempt;
    private readonly SmtpCheck[] checks;

    /// <summary>Asks <paramref name="checks"/> about the connections that are not exempt. Decided anew at each command, so a client may become exempt by AUTH.</summary>
    public ExemptCheck(Func<SmtpConnection, bool> isExempt, params IEnumerable<SmtpCheck> checks)
    {
        ArgumentNullException.ThrowIfNull(isExempt);
        ArgumentNullException.ThrowIfNull(checks);
        this.isExempt = isExempt;
        this.checks = [.. checks];
    }

    /// <summary>Exempts the clients in these networks.</summary>
    public static ExemptCheck Networks(IEnumerable<IPNetwork> networks, params IEnumerable<SmtpCheck> checks)
    {
        IPNetwork[] exempt = [.. networks];
        return new ExemptCheck(connection => AddressListCheck.Contains(exempt, connection.RemoteEndPoint), checks);
    }

    /// <summary>Exempts the clients that have proved who they are.</summary>
    public static ExemptCheck Authenticated(params IEnumerable<SmtpCheck> checks) => new(static connection => connection.Identity is not null, checks);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) =>
        AskAsync(connection, check => check.OnConnectedAsync(connection, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) =>
        AskAsync(connection, check => check.OnHelloAsync(connection, clientName, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        AskAsync(connection, check => check.OnMailAsync(connection, transaction, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        AskAsync(connection, check => check.OnRecipientAsync(connection, transaction, recipient, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        AskAsync(connection, check => check.OnDataAsync(connection, transaction, cancellationToken));

    /// <inheritdoc/>
    public override void OnDisconnected(SmtpConnection connection)
    {
        foreach (var check in checks)
            check.OnDisconnected(connection);
    }

    private async ValueTask<SmtpReply> AskAsync(SmtpConnection connection, Func<SmtpCheck, ValueTask<SmtpReply>> ask)
    {
        if (isExempt(connection))
            return SmtpReply.Continue;
        foreach (var check in checks)
        {
            var reply = await ask(check).ConfigureAwait(false);
            if (!reply.IsContinue)
                return reply;
        }

        return SmtpReply.Continue;
    }
}
