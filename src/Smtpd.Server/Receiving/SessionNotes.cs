using System.Net;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>What one connection did, for the log of sessions.</summary>
internal sealed class SessionNotes
{
    // A client may name thousands of recipients; who has that many mailboxes finds the session in the log of all.
    private const int MaximumMailboxes = 20;

    private readonly HashSet<int> mailboxes = [];
    private int messages;
    private string? refused;

    public void Touch(int mailboxId)
    {
        if (mailboxes.Count < MaximumMailboxes)
            mailboxes.Add(mailboxId);
    }

    /// <summary>A message is stored: its part of the dialogue is kept with it, and another begins.</summary>
    /// <param name="transcript">The dialogue that brought it.</param>
    public void Stored(SmtpConnection connection, string? transcript)
    {
        messages++;
        Keep(transcript);
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
