namespace Smtpd.Tests.Dialogues;

/// <summary>A <see cref="BasicEnvelope"/> that checks the order of its calls and records the mail it keeps.</summary>
internal sealed class RecordedEnvelope(Rules rules, Recording recording) : BasicEnvelope
{
    private string stage = "new";
    private bool disposed;

    public override ValueTask AddSenderAsync(MailAddress sender, CancellationToken cancellationToken)
    {
        Step("sender", "new");
        recording.OpenTransactions++;
        return base.AddSenderAsync(sender, cancellationToken);
    }

    public override ValueTask AddRecipientAsync(MailAddress recipient, CancellationToken cancellationToken)
    {
        Step("recipient", "sender", "recipient");
        rules.Apply("envelope-recipient", recipient.Email);
        return base.AddRecipientAsync(recipient, cancellationToken);
    }

    public override ValueTask AddMailboxIdAsync(int mailboxId, CancellationToken cancellationToken)
    {
        Step("mailbox", "recipient");
        return base.AddMailboxIdAsync(mailboxId, cancellationToken);
    }

    public override ValueTask BeginDataAsync(CancellationToken cancellationToken)
    {
        Step("data", "recipient", "mailbox");
        return base.BeginDataAsync(cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Step("write", "data", "write");
        return base.WriteAsync(content, cancellationToken);
    }

    public override ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        Step("close", "data", "write");
        rules.Apply("envelope-close");
        var recipients = string.Join(", ", Recipients.Select(recipient => $"<{recipient.Email}>"));
        recording.Messages.Add(new RecordedMessage($"<{From.Email}> -> {recipients} MAILBOX={MailboxId}") { Content = MailBody.ToArray() });
        return base.CloseAsync(cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        if (disposed)
            recording.BrokenLaws.Add("An envelope was disposed twice.");
        disposed = true;
        recording.OpenTransactions--;
        return base.DisposeAsync();
    }

    private void Step(string to, params string[] from)
    {
        if (!from.Contains(stage, StringComparer.Ordinal))
            recording.BrokenLaws.Add($"An envelope was told \"{to}\" after \"{stage}\".");
        stage = to;
    }
}
