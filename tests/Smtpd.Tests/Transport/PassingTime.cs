using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

internal static class PassingTime
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>Lets time pass in small steps until <paramref name="awaited"/> has ended; says how much passed.</summary>
    public static async Task<TimeSpan> AdvanceToAsync(this FakeTimeProvider time, Task awaited, TimeSpan atLeast = default, Func<Task>? eachStep = null)
    {
        var passed = TimeSpan.Zero;
        while (!awaited.IsCompleted)
        {
            Assert.True(passed < TimeSpan.FromDays(1), "A day has passed and nothing happened.");
            time.Advance(Step);
            passed += Step;
            if (eachStep is not null)
                await eachStep();
            // Lets the pump take what it was sent before the clock moves on.
            for (var i = 0; i < 200 && !awaited.IsCompleted; i++)
                await Task.Yield();
        }

        await awaited;
        Assert.InRange(passed, atLeast, TimeSpan.MaxValue);
        return passed;
    }
}
