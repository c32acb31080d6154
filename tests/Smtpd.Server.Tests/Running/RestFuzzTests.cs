using System.Net;
using System.Text;
using Smtpd.Server.Tests.Http;

namespace Smtpd.Server.Tests.Running;

/// <summary>Every route, with what its description allows and with what it does not.</summary>
public sealed class RestFuzzTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Answers are held against the document on their way, see <see cref="ContractHandler"/>: what is taken was described, and so is what comes back.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_request_makes_the_server_fail(int seed)
    {
        using TemporaryDirectory directory = new();
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        await program.ImportAsync(1, "Subject: one\n\nYour code is 123456, see https://x.test/\n");
        RequestGenerator requests = new((await ApiContract.GetAsync()).Document, new Random(seed));
        var taken = 0;
        for (var i = 0; i < 1000; i++)
        {
            using var request = requests.Next();
            var said = $"{request.Method} {request.RequestUri} {(request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(Cancel)))}";
            using var response = await program.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.True((int)response.StatusCode < 500 || (response.StatusCode == HttpStatusCode.ServiceUnavailable && said.Contains("search", StringComparison.Ordinal)), $"seed {seed}, request {i}: {said} is answered {response.StatusCode}");
            taken += response.IsSuccessStatusCode ? 1 : 0;
        }

        Assert.True(taken > 200, $"only {taken} requests were taken: the generator makes too much that is wrong");
        Assert.DoesNotContain(" failed", program.Log, StringComparison.Ordinal);
    }
}
