using Smtpd.Tests.Fuzzing;

namespace Smtpd.Tests;

/// <summary>Laws of every input, tried with dialogues made from fixed seeds; <c>tests/Smtpd.Fuzz</c> tries more.</summary>
public sealed class LawTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Seeds that once found something.</summary>
    public static TheoryData<string, int> Remembered()
    {
        TheoryData<string, int> all = [];
        foreach (var (law, seed) in SeedFile.Read().Where(each => each.Law is not ("mime" or "search")))
            all.Add(law, seed);
        return all;
    }

    [Theory]
    [MemberData(nameof(Remembered))]
    public async Task A_remembered_seed_keeps_the_laws(string law, int seed) => Holds(law switch
    {
        "session" => await CutLaw.CheckAsync(seed, Patience),
        "address" => AddressLaw.Check(seed),
        "parameters" => ParameterLaw.Check(seed),
        "proxy" => await ProxyHeaderLaw.CheckAsync(seed),
        "sasl" => await SaslLaw.CheckAsync(seed),
        _ => $"there is no law called {law}",
    });

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

    [Fact]
    public void An_address_is_read_as_the_grammar_has_it_and_reads_as_itself()
    {
        for (var seed = 0; seed < 20_000; seed++)
            Holds(AddressLaw.Check(seed));
    }

    [Fact]
    public void Parameters_are_read_in_any_order_and_read_as_themselves()
    {
        for (var seed = 0; seed < 10_000; seed++)
            Holds(ParameterLaw.Check(seed));
    }

    [Fact]
    public async Task A_PROXY_header_is_read_as_it_was_meant_and_nothing_behind_it_is_taken()
    {
        for (var seed = 0; seed < 10_000; seed++)
            Holds(await ProxyHeaderLaw.CheckAsync(seed));
    }

    [Fact]
    public async Task Nobody_gets_in_by_SASL_without_the_secret_and_everybody_with_it()
    {
        for (var seed = 0; seed < 500; seed++)
            Holds(await SaslLaw.CheckAsync(seed));
    }

    private static void Holds(string? broken) => Assert.True(broken is null, broken);
}
