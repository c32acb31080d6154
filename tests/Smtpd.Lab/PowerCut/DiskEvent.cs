namespace Smtpd.Lab.PowerCut;

/// <summary>Something that a program did to its files, or said to a client, in the order in which it was done.</summary>
internal abstract record DiskEvent;

/// <summary>From here on the octets may be on the disk, whole or in part, until a sync says that they are.</summary>
internal sealed record Written(string Path, long Offset, byte[] Octets) : DiskEvent;

/// <summary>The file has this length.</summary>
internal sealed record Resized(string Path, long Length) : DiskEvent;

/// <summary>A sync has returned: what happened to the file, or the names in the directory, before <paramref name="Begun"/> is on the disk.</summary>
/// <param name="Begun">How many events there were when it began.</param>
internal sealed record Synced(string Path, int Begun) : DiskEvent;

/// <summary>A sync has failed: of what it was for, some is on the disk and the rest never will be, although the file still reads as if it were.</summary>
internal sealed record SyncFailed(string Path, int Begun) : DiskEvent;

/// <summary>A new name, of a new file or directory.</summary>
internal sealed record Created(string Path, bool IsDirectory) : DiskEvent;

internal sealed record Renamed(string From, string To) : DiskEvent;

internal sealed record Removed(string Path) : DiskEvent;

/// <summary>The server begins to tell a client that the message of this name is kept.</summary>
internal sealed record Acknowledged(string QueuedAs) : DiskEvent;
