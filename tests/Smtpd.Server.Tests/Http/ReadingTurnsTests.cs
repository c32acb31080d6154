using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Http;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Http;

/// <summary>How much is read at the same time, and who waits for it.</summary>
public sealed class ReadingTurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider clock = new();
    private readonly ReadingTurns turns;

    public ReadingTurnsTests() => turns = new(100, 8, Patience, clock);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_too_much_waits_until_there_is_room()
    {
        var first = await EnterAsync(60);
        var second = EnterAsync(60);
        (await EnterAsync(40)).Dispose();
        Assert.False(second.IsCompleted);
        first.Dispose();
        first.Dispose();
        var third = EnterAsync(60);
        (await second).Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task The_users_of_one_mailbox_wait_for_each_other_only()
    {
        var own = await EnterAsync(25, new(1));
        Task<IDisposable>[] waiting = [EnterAsync(1, new(1)), EnterAsync(1, new(1))];
        await Assert.ThrowsAsync<ShareTakenException>(() => EnterAsync(1, new(1)));
        using var other = await EnterAsync(25, new(2));
        own.Dispose();
        foreach (var each in waiting)
            (await each).Dispose();
    }

    [Fact]
    public async Task Who_waits_too_long_or_goes_is_forgotten()
    {
        using CancellationTokenSource gone = new();
        var first = await EnterAsync(100);
        var (late, leaving) = (EnterAsync(100), turns.EnterAsync(Caller.Administrator, 100, gone.Token));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        clock.Advance(Patience);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => late);
        var waiting = Enumerable.Range(0, 8).Select(_ => EnterAsync(10)).ToList();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EnterAsync(10));
        first.Dispose();
        foreach (var each in waiting)
            (await each).Dispose();
    }

    private Task<IDisposable> EnterAsync(long weight, Caller? caller = null) => turns.EnterAsync(caller ?? Caller.Administrator, weight, Cancel);
}
