using Smtpd.Server.Tests.Fuzzing;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Server.Tests;

/// <summary>Laws of what the program reads, tried with fixed seeds; <c>tests/Smtpd.Fuzz</c> tries more. Searching in a store is in its contract.</summary>
public sealed class LawTests
{
    [Fact]
    public void Remembered_seeds_keep_the_laws()
    {
        foreach (var (law, seed) in SeedFile.Read().Where(each => each.Law is "mime" or "search"))
            Holds(law is "mime" ? MimeLaw.Check(seed) : SearchLaw.Check(seed));
    }

    [Fact]
    public void A_message_is_read_as_it_was_meant_however_it_is_cut()
    {
        for (var seed = 0; seed < 800; seed++)
            Holds(MimeLaw.Check(seed));
    }

    [Fact]
    public void A_query_that_is_written_down_is_read_as_the_same()
    {
        for (var seed = 0; seed < 10_000; seed++)
            Holds(SearchLaw.Check(seed));
    }

    private static void Holds(string? broken) => Assert.True(broken is null, broken);
}
