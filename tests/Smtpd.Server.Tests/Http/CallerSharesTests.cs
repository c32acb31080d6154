using Smtpd.Server.Http;

namespace Smtpd.Server.Tests.Http;

/// <summary>What one mailbox's users leave to the others.</summary>
public sealed class CallerSharesTests
{
    private static readonly Caller One = new(1);
    private static readonly Caller Two = new(2);

    [Fact]
    public void Users_of_a_mailbox_get_a_quarter_and_the_administrator_what_is_left()
    {
        CallerShares shares = new(8);
        Assert.Equal([ShareResult.Taken, ShareResult.Taken, ShareResult.ShareTaken], Enumerable.Range(0, 3).Select(_ => shares.TryTake(One)));
        Assert.Equal(ShareResult.Taken, shares.TryTake(Two));
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal(ShareResult.Taken, shares.TryTake(Caller.Administrator)));
        Assert.Equal(ShareResult.AllTaken, shares.TryTake(Caller.Administrator));
        Assert.Equal(ShareResult.AllTaken, shares.TryTake(Two));
        shares.GiveBack(One);
        Assert.Equal(ShareResult.Taken, shares.TryTake(One));
        Assert.Equal(8, shares.Taken);
    }

    [Fact]
    public void One_that_is_larger_than_a_share_gets_it_when_nothing_is_taken()
    {
        CallerShares shares = new(8);
        Assert.Equal(ShareResult.Taken, shares.TryTake(One, 20));
        Assert.Equal(ShareResult.ShareTaken, shares.TryTake(One));
        Assert.Equal(ShareResult.AllTaken, shares.TryTake(Two));
        shares.GiveBack(One, 20);
        Assert.Equal(ShareResult.Taken, shares.TryTake(Two));
    }
}
