using Smtpd.Tests.Fuzzing;

namespace Smtpd.Tests;

/// <summary>Laws of every input, tried with dialogues made from fixed seeds; <c>tests/Smtpd.Fuzz</c> tries more.</summary>
public sealed class LawTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Seeds that once found something.</summary>
    public static TheoryData<int> Remembered() =>
        [.. File.ReadLines(Repository.PathOf("tests/Smtpd.Fuzz/seeds.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];

    [Theory]
    [MemberData(nameof(Remembered))]
    public async Task A_remembered_seed_keeps_the_laws(int seed) => Holds(await CutLaw.CheckAsync(seed, Patience));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_input_is_cut_the_dialogue_is_the_same(int hundreds)
    {
        for (var seed = hundreds * 400; seed < (hundreds + 1) * 400; seed++)
            Holds(await CutLaw.CheckAsync(seed, Patience));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task So_it_is_with_LMTP_AUTH_proxies_promises_and_a_handshake(int hundreds)
    {
        for (var seed = hundreds * 400; seed < (hundreds + 1) * 400; seed++)
            Holds(await CutLaw.CheckWideAsync(seed, Patience));
    }

    [Theory]
    [InlineData(BareLineBreaks.Preserve)]
    [InlineData(BareLineBreaks.Normalize)]
    [InlineData(BareLineBreaks.Reject)]
    public async Task Content_is_read_as_the_plain_reading_has_it(BareLineBreaks policy)
    {
        for (var seed = 0; seed < 1500; seed++)
            Holds(await ContentLaw.CheckAsync(seed, policy, Patience));
    }

    [Fact]
    public async Task Every_mail_arrives_as_it_was_meant_and_nothing_of_those_given_up()
    {
        for (var seed = 0; seed < 600; seed++)
            Holds(await MailLaw.CheckAsync(seed, Patience));
    }

    private static void Holds(string? broken) => Assert.True(broken is null, broken);
}
