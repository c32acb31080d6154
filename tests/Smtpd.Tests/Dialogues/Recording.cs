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

    /// <summary>An envelope as transcripts write it: parameters only when given.</summary>
    public static string Print(MailTransaction transaction)
    {
        var text = new StringBuilder();
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
        return text.Append(" -> ").AppendJoin(", ", transaction.Recipients.Select(Print)).ToString();
    }

    private static string Print(MailRecipient recipient)
    {
        var text = $"<{recipient.Address.Email}>";
        if (recipient.Notify != DsnNotify.None)
            text += " NOTIFY=" + recipient.Notify.ToString().Replace(" ", string.Empty, StringComparison.Ordinal).ToUpperInvariant();
        if (recipient.OriginalRecipient is { } original)
            text += $" ORCPT={original.AddressType};{original.Address}";
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
