using Smtpd.Server.Mailboxes;

namespace Smtpd.Server;

/// <summary>Every log line of the program. An id is never given to another event.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(100, LogLevel.Information, "smtpd {Version} is up; data in {Directory}")]
    public static partial void Started(ILogger logger, string version, string directory);

    [LoggerMessage(101, LogLevel.Information, "Stopping: no new connections, running transactions may finish for {Seconds} s")]
    public static partial void Draining(ILogger logger, double seconds);

    [LoggerMessage(102, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(103, LogLevel.Warning, "Stopped at once on a second signal")]
    public static partial void Aborted(ILogger logger);

    [LoggerMessage(104, LogLevel.Warning, "At most {Possible} connections instead of {Wanted}: there are too few file descriptors (ulimit -n, LimitNOFILE)")]
    public static partial void FewDescriptors(ILogger logger, int possible, int wanted);

    [LoggerMessage(105, LogLevel.Warning, "The service manager could not be told how far we are: {Reason}")]
    public static partial void NotNotified(ILogger logger, string reason);

    [LoggerMessage(200, LogLevel.Debug, "Message {Id} of {Size} octets stored for {Deliveries} mailbox(es) [session {Session}]")]
    public static partial void Stored(ILogger logger, MessageId id, long size, int deliveries, string session);

    [LoggerMessage(201, LogLevel.Warning, "Message {Id} was not stored: {Outcome} [session {Session}]")]
    public static partial void NotStored(ILogger logger, MessageId id, StoreOutcome outcome, string session);

    [LoggerMessage(202, LogLevel.Warning, "Message {Id} has {Count} Received fields, which means a loop; refused [session {Session}]")]
    public static partial void Loop(ILogger logger, MessageId id, int count, string session);

    [LoggerMessage(203, LogLevel.Warning, "No mailbox was made for a newcomer: there are {Maximum} already (Mailboxes:CreateMaximum)")]
    public static partial void TooManyMailboxes(ILogger logger, int maximum);

    [LoggerMessage(300, LogLevel.Debug, "Committed {Count} together in {Milliseconds} ms")]
    public static partial void Committed(ILogger logger, int count, double milliseconds);

    [LoggerMessage(301, LogLevel.Error, "A commit of {Count} failed; nothing of it was kept")]
    public static partial void CommitFailed(ILogger logger, Exception exception, int count);

    [LoggerMessage(302, LogLevel.Error, "The content of message {Id} could not be written")]
    public static partial void ContentFailed(ILogger logger, Exception exception, MessageId id);

    [LoggerMessage(303, LogLevel.Information, "Removed {Count} file(s) that an interrupted run left behind")]
    public static partial void Swept(ILogger logger, int count);

    [LoggerMessage(304, LogLevel.Information, "Mailbox {Mailbox} and everything in it was removed: its time was over")]
    public static partial void MailboxExpired(ILogger logger, int mailbox);

    [LoggerMessage(305, LogLevel.Warning, "Old mail could not be removed; it is tried again in a minute")]
    public static partial void SweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(306, LogLevel.Error, "Message {Id} could not be read; it is listed without its text")]
    public static partial void NotReadable(ILogger logger, Exception exception, MessageId id);

    [LoggerMessage(307, LogLevel.Warning, "Messages could not be indexed; it is tried again")]
    public static partial void IndexingFailed(ILogger logger, Exception exception);

    [LoggerMessage(308, LogLevel.Error, "A subscriber failed at what happened in mailbox {MailboxId}")]
    public static partial void SubscriberFailed(ILogger logger, Exception exception, int mailboxId);

    [LoggerMessage(310, LogLevel.Warning, "The database has {Setting}=off: what was acknowledged may be lost when its machine fails")]
    public static partial void DatabaseNotDurable(ILogger logger, string setting);

    [LoggerMessage(311, LogLevel.Warning, "The database's answer to a commit was lost; what was in it is {Fate}")]
    public static partial void CommitInDoubt(ILogger logger, string fate);

    [LoggerMessage(312, LogLevel.Warning, "No news from other nodes: the database does not answer")]
    public static partial void NotListening(ILogger logger, Exception exception);

    [LoggerMessage(313, LogLevel.Information, "Hearing from other nodes again, as node {Number}")]
    public static partial void ListeningAgain(ILogger logger, int number);

    [LoggerMessage(410, LogLevel.Debug, "A login that nginx asked about failed [client {Client}]")]
    public static partial void ProxyLoginFailed(ILogger logger, System.Net.IPAddress? client);

    [LoggerMessage(400, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string? route);
}
