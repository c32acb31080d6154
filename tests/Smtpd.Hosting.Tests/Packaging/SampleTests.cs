using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Smtpd.Hosting.Tests.Packaging;

/// <summary>The samples are built, and the first is run.</summary>
[Collection("builds")]
public sealed partial class SampleTests
{
    private const int Hang = 300_000;

    private const int LongestSample = 60;

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Smtpd.Tests.Repository.PathOf("samples"), "*.cs").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory(Timeout = Hang)]
    [MemberData(nameof(Samples))]
    public async Task A_sample_is_short_builds_and_is_listed(string name)
    {
        var path = Smtpd.Tests.Repository.PathOf("samples/" + name);
        Assert.InRange((await File.ReadAllLinesAsync(path, Token)).Length, 5, LongestSample);
        Assert.Contains($"[{name}]({name})", await File.ReadAllTextAsync(Smtpd.Tests.Repository.PathOf("samples/README.md"), Token), StringComparison.Ordinal);

        await DotnetCommand.RunAsync(Token, "build", path, "-c", DotnetCommand.Configuration);
    }

    [Fact(Timeout = Hang)]
    public async Task The_first_sample_prints_what_it_is_sent()
    {
        var output = new StringBuilder();
        using var process = DotnetCommand.Start(output, "run", "-c", DotnetCommand.Configuration, "samples/hello.cs", "127.0.0.1:0");
        try
        {
            var listening = await WaitAsync(output, Listening());
            await using var client = await SmtpTestClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, int.Parse(listening.Groups["port"].ValueSpan, null)), Token);
            await client.HelloAsync(cancellationToken: Token);
            Assert.Equal("250 2.0.0 printed", (await client.SendMessageAsync("a@x.test", ["b@x.test"], "Subject: seen\n\nHi.", Token)).ToString());
            await WaitAsync(output, Seen());
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<Match> WaitAsync(StringBuilder output, Regex pattern)
    {
        while (true)
        {
            lock (output)
            {
                if (pattern.Match(output.ToString()) is { Success: true } found)
                    return found;
            }

            await Task.Delay(20, Token);
        }
    }

    [GeneratedRegex(@"Listening on 127\.0\.0\.1:(?<port>[0-9]+),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listening();

    [GeneratedRegex(@"From <a@x\.test> to <b@x\.test>:\s+Subject: seen", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Seen();

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
