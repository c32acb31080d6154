using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests;

/// <summary>The transcripts, each played in every way but the cut in two.</summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> All() => [.. Transcript.Names()];

    [Theory]
    [MemberData(nameof(All))]
    public Task Whole(string transcript) => PlayAsync(transcript, player => player.PlayWholeAsync());

    [Theory]
    [MemberData(nameof(All))]
    public Task Line_by_line(string transcript) => PlayAsync(transcript, player => player.PlayLineByLineAsync());

    [Theory]
    [MemberData(nameof(All))]
    public Task With_a_slow_handler(string transcript) => PlayAsync(transcript, player => player.PlayLaterAsync());

    [Theory]
    [MemberData(nameof(All))]
    public Task By_one_octet(string transcript) => PlayAsync(transcript, player => player.PlayBySizeAsync(1));

    [Theory]
    [MemberData(nameof(All))]
    public Task By_two_octets(string transcript) => PlayAsync(transcript, player => player.PlayBySizeAsync(2));

    [Theory]
    [MemberData(nameof(All))]
    public Task By_three_octets(string transcript) => PlayAsync(transcript, player => player.PlayBySizeAsync(3));

    [Theory]
    [MemberData(nameof(All))]
    public Task By_seven_octets(string transcript) => PlayAsync(transcript, player => player.PlayBySizeAsync(7));

    private static async Task PlayAsync(string transcript, Func<Player, Task> play)
    {
        await using var player = new Player(Transcript.Load(transcript));
        await play(player);
    }
}

/// <summary>The transcripts, each cut in two at every octet.</summary>
public sealed class TranscriptCutTests
{
    // A large message is cut everywhere near its ends; in its middle, where one octet is like the next, here and there.
    private const int Large = 10_000;
    private const int NearTheEnds = 400;
    private const int Stride = 4999;

    public static TheoryData<string> All() => TranscriptTests.All();

    [Theory]
    [MemberData(nameof(All))]
    public async Task Cut_in_two(string transcript)
    {
        await using var player = new Player(Transcript.Load(transcript));
        foreach (var at in Cuts(player.InputLength))
            await player.PlayCutAtAsync(at);
    }

    private static IEnumerable<int> Cuts(int length) =>
        Enumerable.Range(1, Math.Max(0, length - 1)).Where(at => length <= Large || at < NearTheEnds || at > length - NearTheEnds || at % Stride == 0);
}
