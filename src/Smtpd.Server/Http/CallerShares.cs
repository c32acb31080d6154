namespace Smtpd.Server.Http;

/// <summary>A bound on something that requests hold, of which the users of one mailbox may hold a part only. Thread-safe.</summary>
internal sealed class CallerShares(long maximum)
{
    /// <summary>The users of one mailbox hold at most the maximum divided by this.</summary>
    public const int Parts = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<int, long> ofMailboxes = [];
    private long taken;

    public long Taken
    {
        get
        {
            lock (gate)
                return taken;
        }
    }

    /// <summary>What there is none of yet is always given: one that is larger than the bound must not wait for ever.</summary>
    public ShareResult TryTake(Caller caller, long amount = 1)
    {
        lock (gate)
        {
            var own = caller.MailboxId is int mailboxId ? ofMailboxes.GetValueOrDefault(mailboxId) : 0;
            if (own > 0 && own + amount > maximum / Parts)
                return ShareResult.ShareTaken;
            if (taken > 0 && taken + amount > maximum)
                return ShareResult.AllTaken;
            taken += amount;
            if (caller.MailboxId is int taker)
                ofMailboxes[taker] = own + amount;
            return ShareResult.Taken;
        }
    }

    public void GiveBack(Caller caller, long amount = 1)
    {
        lock (gate)
        {
            taken -= amount;
            if (caller.MailboxId is int mailboxId && (ofMailboxes[mailboxId] -= amount) == 0)
                ofMailboxes.Remove(mailboxId);
        }
    }
}

internal enum ShareResult
{
    Taken,

    /// <summary>The users of this mailbox have their part already.</summary>
    ShareTaken,

    /// <summary>Nothing is left for anybody.</summary>
    AllTaken,
}
