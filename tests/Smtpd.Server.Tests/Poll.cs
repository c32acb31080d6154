namespace Smtpd.Server.Tests;

/// <summary>Waits for what happens elsewhere, with a deadline instead of a guess.</summary>
internal static class Poll
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task UntilAsync(Func<bool> isTrue, CancellationToken cancellationToken) => UntilAsync(() => Task.FromResult(isTrue()), cancellationToken);

    public static async Task UntilAsync(Func<Task<bool>> isTrue, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        while (!await isTrue())
            await Task.Delay(TimeSpan.FromMilliseconds(10), deadline.Token);
    }
}
