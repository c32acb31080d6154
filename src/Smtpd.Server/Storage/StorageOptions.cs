namespace Smtpd.Server.Storage;

internal sealed record StorageOptions
{
    /// <summary>Larger content goes to a file of its own: 64 pages of the database, where a blob stops being cheaper than a file.</summary>
    public const int InlineBytes = 256 * 1024;

    public required string Directory { get; init; }
    public long MinimumFreeBytes { get; init; } = 64 << 20;
    public long BufferBytes { get; init; } = 128 << 20;
    public int QueueMessages { get; init; } = 4096;
    public long QueueBytes { get; init; } = 128 << 20;
    public int BatchMessages { get; init; } = 256;
    public long BatchBytes { get; init; } = 16 << 20;

    /// <summary>A search that takes longer is ended and says so.</summary>
    public TimeSpan SearchTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Large content goes there; <c>null</c>: into the directory.</summary>
    public ObjectStorageOptions? Objects { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Called before each step that can fail. Tests throw from it: the n-th step fails, for every n.</summary>
    public Action<StorageStep>? Before { get; init; }
}

/// <summary>The steps of storing that an operating system can refuse.</summary>
internal enum StorageStep
{
    CreateSpoolFile,
    WriteSpoolFile,
    SyncSpoolFile,
    RenameSpoolFile,
    SyncDirectory,
    BeginTransaction,
    InsertMessage,
    InsertContent,
    InsertDelivery,
    UpdateMailbox,
    Commit,
}
