namespace Smtpd.Web.Tests.Fixture;

/// <summary>What axe-core finds in a page.</summary>
internal static class Accessibility
{
    private const string Run = """
        async () => {
          const { violations } = await axe.run(document, { iframes: false, resultTypes: ['violations'] });
          return violations.filter(each => each.impact === 'serious' || each.impact === 'critical')
            .map(each => `${each.impact} ${each.id}: ${each.help}\n` + each.nodes.map(node => `    ${node.target.join(' ')}  ${node.html.slice(0, 200)}`).join('\n'));
        }
        """;

    private static readonly Lazy<string> Script = new(() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js")));

    /// <summary>Fails when people who see or move in another way than others would be kept out: on findings that axe calls serious or critical. Frames of mails are not looked into.</summary>
    public static async Task ExpectAccessibleAsync(this WebPage page)
    {
        await page.Page.EvaluateAsync("script => { (0, eval)(script); }", Script.Value);
        var found = await page.Page.EvaluateAsync<string[]>(Run);
        Assert.True(found.Length == 0, $"{page.Path}\n{string.Join('\n', found)}");
    }
}
