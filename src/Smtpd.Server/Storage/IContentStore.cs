using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Where the octets of large messages are kept, each message's under its id. Thread-safe. What fails is an <see cref="IOException"/>.</summary>
internal interface IContentStore : IDisposable
{
    /// <summary>Names the place, where that is not the data directory: a database remembers where its large messages are.</summary>
    string? Location { get; }

    /// <summary>Makes it ready for use.</summary>
    void Prepare();

    Task<bool> HasContentAsync(CancellationToken cancellationToken);

    /// <summary>Takes over what a spool file holds. When this ends the content is on stable storage; the spool file may be gone or not.</summary>
    /// <exception cref="ContentTakenException">There is content of this id already, which stays.</exception>
    Task KeepAsync(SafeFileHandle file, string spoolPath, MessageId id);

    /// <summary>The octets; may be sought in.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    Task<Stream> OpenAsync(MessageId id, CancellationToken cancellationToken);

    /// <summary>Removes content, sooner or later. What resists is left to the sweep of the next start.</summary>
    void Delete(MessageId id);

    /// <summary>Removes what is no message's.</summary>
    /// <param name="before">Only what was written before, where others may be at work; <c>null</c> for everything.</param>
    /// <returns>How much went.</returns>
    Task<int> SweepAsync(Func<MessageId, bool> isKept, DateTimeOffset? before, CancellationToken cancellationToken);
}

/// <summary>Two messages have one id: another server's clock or number is wrong. The later one is not kept, and the earlier one must not suffer.</summary>
internal sealed class ContentTakenException(MessageId id) : IOException($"There is content of message {id} already.");
