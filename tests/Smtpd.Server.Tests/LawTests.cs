using Smtpd.Server.Tests.Fuzzing;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Server.Tests;

/// <summary>Laws of what the program reads, tried with fixed seeds; <c>tests/Smtpd.Fuzz</c> tries more. Searching in a store is in its contract.</summary>
public sealed class LawTests
{
    /// <summary>Seeds that once found something.</summary>
    public static TheoryData<string, int> Remembered()
    {
        TheoryData<string, int> all = [];
        foreach (var (law, seed) in SeedFile.Read().Where(each => each.Law is "mime" or "search"))
            all.Add(law, seed);
        return all;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Remembered))]
    public void A_remembered_seed_keeps_the_laws(string law, int seed) => Holds(law is "mime" ? MimeLaw.Check(seed) : SearchLaw.Check(seed));

    [Fact]
    public void A_message_is_read_as_it_was_meant_however_it_is_cut()
    {
        for (var seed = 0; seed < 4000; seed++)
            Holds(MimeLaw.Check(seed));
    }

    [Fact]
    public void A_query_that_is_written_down_is_read_as_the_same()
    {
        for (var seed = 0; seed < 20_000; seed++)
            Holds(SearchLaw.Check(seed));
    }

    private static void Holds(string? broken) => Assert.True(broken is null, broken);
}
