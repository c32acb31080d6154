using BenchmarkDotNet.Attributes;
using Smtpd.Server.Search;

namespace Smtpd.Micro;

/// <summary>What people type, and the texts that are taken apart into words for the index.</summary>
public class SearchBenchmarks
{
    private readonly string word = "invoice";
    private readonly string query = """from:shop@example.test subject:"your order" (invoice OR receipt) -is:read after:7d larger:10K""";
    private readonly string english = SampleText.Repeated("The quick brown fox jumps over 13 lazy dogs, and nobody is asked. ", 4096);
    private readonly string accented = SampleText.Repeated("Größere Überweisungen à la carte; el Niño dürfte Müller-Lüdenscheidt überraschen. ", 4096);
    private readonly string chinese = SampleText.Repeated("快速的棕色狐狸跳過懶狗，沒有人被問到。", 4096);

    [Benchmark(Description = "search query, one word")]
    public object Word() => SearchQuery.Parse(word, TimeProvider.System);

    [Benchmark(Description = "search query, eight terms")]
    public object Query() => SearchQuery.Parse(query, TimeProvider.System);

    [Benchmark(Description = "search tokens, 4096 characters of English")]
    public string English() => SearchTokens.Normalise(english, int.MaxValue);

    [Benchmark(Description = "search tokens, 4096 characters with accents")]
    public string Accented() => SearchTokens.Normalise(accented, int.MaxValue);

    [Benchmark(Description = "search tokens, 4096 characters of Chinese")]
    public string Chinese() => SearchTokens.Normalise(chinese, int.MaxValue);
}
