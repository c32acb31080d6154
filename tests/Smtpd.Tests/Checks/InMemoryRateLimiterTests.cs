using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Checks;

public sealed class InMemoryRateLimiterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_limit_is_reached_refused_and_given_back()
    {
        var time = new FakeTimeProvider();
        var limiter = new InMemoryRateLimiter(2, TimeSpan.FromSeconds(10), time);

        Assert.True(await limiter.TryTakeAsync("a", Token));
        Assert.True(await limiter.TryTakeAsync("a", Token));
        Assert.False(await limiter.TryTakeAsync("a", Token));
        Assert.True(await limiter.TryTakeAsync("b", Token));

        time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await limiter.TryTakeAsync("a", Token));
    }

    /// <summary>However the attempts lie in time, no window of the length holds more than the limit.</summary>
    [Fact]
    public void No_window_holds_more_than_the_limit()
    {
        var steps = Gen.Choose(0, 1500).ListOf(300);
        Prop.ForAll(Arb.From(steps), milliseconds =>
        {
            const int Limit = 5;
            var window = TimeSpan.FromSeconds(10);
            var time = new FakeTimeProvider();
            var limiter = new InMemoryRateLimiter(Limit, window, time);
            var taken = new List<DateTimeOffset>();
            foreach (var step in milliseconds)
            {
                time.Advance(TimeSpan.FromMilliseconds(step));
                if (limiter.TryTake("a"))
                    taken.Add(time.GetUtcNow());
            }

            return taken.Count > Limit && taken.TrueForAll(start => taken.Count(at => at >= start && at < start + window) <= Limit);
        }).Check(Config.QuickThrowOnFailure.WithReplay(20261122, 3).WithMaxTest(200));
    }

    [Fact]
    public async Task A_flood_of_keys_is_forgotten_and_the_map_stays_bounded()
    {
        var limiter = new InMemoryRateLimiter(1, TimeSpan.FromHours(1), new FakeTimeProvider(), capacity: 1000);
        for (var i = 0; i < 1_000_000; i++)
            await limiter.TryTakeAsync(i.ToString(System.Globalization.CultureInfo.InvariantCulture), Token);

        Assert.InRange(limiter.Count, 1, 1000);
        Assert.False(await limiter.TryTakeAsync("999999", Token));
        Assert.True(await limiter.TryTakeAsync("0", Token));
    }
}
