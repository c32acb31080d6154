using System.Globalization;
using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>What the handler saw in one run of a dialogue.</summary>
internal sealed class Recording
{
    public List<RecordedMessage> Messages { get; } = [];

    /// <summary>Transactions begun and not yet ended by a message or a reset.</summary>
    public int OpenTransactions { get; set; }

    public List<string> BrokenLaws { get; } = [];

    public SmtpDisconnectReason? Disconnected { get; set; }

    /// <summary>An envelope as transcripts write it: who and parameters only when known or given.</summary>
    public static string Print(SmtpConnection connection, MailTransaction transaction)
    {
        var text = new StringBuilder();
        Print(connection, text);
        text.Append(CultureInfo.InvariantCulture, $"<{transaction.Sender.Email}>");
        if (transaction.Size is { } size)
            text.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        if (transaction.BodyType != BodyType.SevenBit)
            text.Append(transaction.BodyType == BodyType.BinaryMime ? " BODY=BINARYMIME" : " BODY=8BITMIME");
        if (transaction.SmtpUtf8)
            text.Append(" SMTPUTF8");
        if (transaction.Return is { } @return)
            text.Append(@return == DsnReturn.Full ? " RET=FULL" : " RET=HDRS");
        if (transaction.EnvelopeId is { } id)
            text.Append(CultureInfo.InvariantCulture, $" ENVID={id}");
        if (transaction.Submitter is { } submitter)
            text.Append(CultureInfo.InvariantCulture, $" AUTH=<{submitter}>");
        if (transaction is { AnswersEachRecipient: true } && !connection.IsLmtp)
            text.Append(" PRDR");
        if (transaction.RequireTls)
            text.Append(" REQUIRETLS");
        if (transaction.DeliverBy is { } by)
            text.Append(CultureInfo.InvariantCulture, $" BY={by.Time.TotalSeconds};{(by.Mode == DeliverByMode.Return ? 'R' : 'N')}{(by.Trace ? "T" : "")}");
        if (transaction.Priority is { } priority)
            text.Append(CultureInfo.InvariantCulture, $" MT-PRIORITY={priority}");
        if (transaction.HoldUntil is { } until)
            text.Append(CultureInfo.InvariantCulture, $" HOLD={(until - transaction.StartedAt).TotalSeconds:0}s");
        if (transaction.Solicitation is { } solicitation)
            text.Append(CultureInfo.InvariantCulture, $" SOLICIT={solicitation}");
        return text.Append(" -> ").AppendJoin(", ", transaction.Recipients.Select(Print)).ToString();
    }

    private static void Print(SmtpConnection connection, StringBuilder text)
    {
        if (connection.Identity is { } identity)
            text.Append(CultureInfo.InvariantCulture, $"{identity.User}/{connection.MailboxId}({identity.Mechanism}) ");
        if (connection.RemoteName is not null || !Equals(connection.RemoteEndPoint, connection.PeerEndPoint))
            text.Append(CultureInfo.InvariantCulture, $"{connection.RemoteName}[{connection.RemoteEndPoint?.ToString() ?? "unknown"}] ");
        if (connection.Forwarded is not { } client)
            return;
        text.Append("for");
        foreach (var (name, value) in new (string, object?)[]
        {
            ("NAME", client.Name), ("ADDR", client.Address), ("PORT", client.Port), ("PROTO", client.Protocol), ("HELO", client.Hello),
            ("IDENT", client.Identifier), ("SOURCE", client.Source),
        })
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $" {name}={value}");
        }

        text.Append(": ");
    }

    private static string Print(MailRecipient recipient)
    {
        var text = $"<{recipient.Address.Email}>";
        if (recipient.Notify != DsnNotify.None)
            text += " NOTIFY=" + recipient.Notify.ToString().Replace(" ", string.Empty, StringComparison.Ordinal).ToUpperInvariant();
        if (recipient.OriginalRecipient is { } original)
            text += $" ORCPT={original.AddressType};{original.Address}";
        if (recipient.ValidSince is { } since)
            text += string.Create(CultureInfo.InvariantCulture, $" RRVS={since.Time:yyyy-MM-dd'T'HH:mm:sszzz};{(since.Rejects ? 'R' : 'C')}");
        return text;
    }
}

internal sealed record RecordedMessage(string Envelope)
{
    public byte[]? Content { get; set; }

    public string? Aborted { get; set; }

    public bool IsReset { get; init; }

    /// <summary>Whether the handler did not read it, or failed behind it; transcripts say nothing of such a message.</summary>
    public bool IsDropped { get; init; }

    public override string ToString() => IsReset ? $"{Envelope} | reset"
        : $"{Envelope} | {(Aborted is null ? Escapes.Encode(Content ?? []) : "aborted: " + Aborted)}";
}

/// <summary>The doors of a <see cref="MessageBody"/>, so that each is tried.</summary>
internal enum BodyView
{
    Reader,
    Stream,
    Pieces,
    Copy,
}
