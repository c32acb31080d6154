using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Tells a full disk from other trouble: the first is the operator's to solve, and 452 says so.</summary>
internal static class StorageFailure
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static StoreUnavailableException From(string what, Exception exception) =>
        new($"{what}: {exception.Message}", exception) { NoRoom = exception.HResult is NoSpaceLeft or QuotaExceeded or WindowsDiskFull };
}
