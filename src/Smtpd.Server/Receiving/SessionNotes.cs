using System.Net;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>What one connection did, for the log of sessions.</summary>
internal sealed class SessionNotes
{
    // A client may name thousands of recipients; who has that many mailboxes finds the session in the log of all.
    private const int MaximumMailboxes = 20;
    private const string MailLine = "\nC: MAIL";

    private readonly HashSet<int> mailboxes = [];

    // Of this transaction: addresses of mailboxes that did not take it.
    private readonly List<(int MailboxId, string Address)> turnedAway = [];

    // The dialogue since the last message names recipients, of this transaction or of one before that came to nothing.
    private bool namesRecipients;
    private bool hasEarlier;
    private string? whole;
    private int messages;
    private string? refused;

    public void Touch(int mailboxId)
    {
        namesRecipients = true;
        if (mailboxes.Count < MaximumMailboxes)
            mailboxes.Add(mailboxId);
    }

    /// <summary>A transaction begins; the one before, if it was not stored, came to nothing.</summary>
    public void Begin()
    {
        hasEarlier |= namesRecipients;
        namesRecipients = false;
        turnedAway.Clear();
    }

    /// <summary>A mailbox has refused the recipient.</summary>
    public void TurnAway(int mailboxId, string address) => turnedAway.Add((mailboxId, address));

    /// <summary>What is kept of the dialogue with a message: the users of its mailboxes read it, and learn nothing of other mailboxes.</summary>
    public string OfMessage(string dialogue, IReadOnlyList<Delivery> deliveries)
    {
        whole = dialogue;
        if (hasEarlier)
            dialogue = dialogue[(dialogue.LastIndexOf(MailLine, StringComparison.OrdinalIgnoreCase) + 1)..];
        foreach ((var mailboxId, var address) in turnedAway)
        {
            if (!deliveries.Any(each => each.MailboxId == mailboxId))
                dialogue = dialogue.Replace(address, "(another mailbox)", StringComparison.Ordinal);
        }

        return dialogue;
    }

    /// <summary>A message is stored: its part of the dialogue is kept with it, and another begins.</summary>
    public void Stored(SmtpConnection connection)
    {
        messages++;
        Keep(whole);
        whole = null;
        hasEarlier = namesRecipients = false;
        turnedAway.Clear();
        connection.Transcript?.Clear();
    }

    /// <summary>The connection has ended.</summary>
    /// <returns>The record, or <c>null</c> when it is not worth one: everything was accepted, or nothing was said.</returns>
    public SessionRecord? End(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        var transcript = connection.Transcript?.ToString() ?? "";
        Keep(transcript);
        if (connection.MailboxId is int own)
            Touch(own);
        var saidSomething = transcript.Contains("C: ", StringComparison.Ordinal);
        if (refused is null && (messages > 0 || (!saidSomething && reason is SmtpDisconnectReason.Quit or SmtpDisconnectReason.PeerClosed or SmtpDisconnectReason.ServerStopping)))
            return null;
        return new(connection.Id, connection.ConnectedAt, connection.TimeProvider.GetUtcNow(), RemoteAddressOf(connection), connection.HelloName, connection.Identity?.User,
            [.. mailboxes], messages, refused is not null, refused is null || ReferenceEquals(refused, transcript) ? transcript : refused + transcript);
    }

    /// <summary>The address of the client as text, <c>null</c> for a unix socket.</summary>
    public static string? RemoteAddressOf(SmtpConnection connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: IPAddress address })
            return null;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    // The protocol refuses much by itself, and the dialogue tells. The first refusal is the one that people look for.
    private void Keep(string? transcript)
    {
        if (refused is null && transcript is not null
            && (transcript.Contains("S: 4", StringComparison.Ordinal) || transcript.Contains("S: 5", StringComparison.Ordinal)))
        {
            refused = transcript;
        }
    }
}
