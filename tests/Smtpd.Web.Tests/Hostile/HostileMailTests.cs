namespace Smtpd.Web.Tests.Hostile;

/// <summary>
/// Mails that attempt something, sent by SMTP and opened in a real browser, in the frame of a page and by themselves. Two walls keep them in, the cleaning and the policy of the answer (with its
/// sandbox): each must hold alone. And without both the mail must be heard, or it would prove nothing.
/// </summary>
public sealed class HostileMailTests(HostileStages stages) : IClassFixture<HostileStages>
{
    public static TheoryData<string> Names => [.. HostileMail.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_hostile_mail_does_nothing(string name)
    {
        var effects = await stages.EffectsAsync(name);
        Assert.True(effects.Count == 0, $"{HostileMail.Named(name).Attempt}\n{string.Join('\n', effects)}");
    }

    [Theory]
    [InlineData("", "img-src 'self' data:")]
    [InlineData("?remote=allow", "img-src 'self' data: http: https:; font-src data: http: https:")]
    public async Task The_answer_says_how_little_may_be_done_with_it(string query, string pictures)
    {
        var path = await stages.SendAsync(HostileMail.Names.First());
        using var response = await stages.Program.Http.GetAsync(path + query, TestContext.Current.CancellationToken);
        (string Name, string Value)[] expected =
        [
            ("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " + pictures),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-DNS-Prefetch-Control", "off"),
        ];
        Assert.Equal(expected, expected.Select(each => (each.Name, response.Headers.TryGetValues(each.Name, out var values) ? values.Single() : "")));
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.DoesNotContain(response.Headers, each => each.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }
}
