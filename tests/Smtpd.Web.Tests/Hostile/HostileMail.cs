using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>
/// A mail that attempts something. They stand in the files beside this: <c>.html</c> for bodies, which are all sent with the same attachments, and <c>.eml</c> for whole messages, each under a line
/// <c>=== name: what it attempts</c>. <c>PWN</c> stands for a script that is heard when it runs, <c>evil.test</c> for a host that must never be asked, <c>{1B}</c> for a character.
/// <c>name (inert)</c>: it may do nothing in a Chromium without any protection either, but in something else or once somebody changes something.
/// </summary>
/// <param name="HasScript">What it does must be a script that runs; else it may be anything.</param>
/// <param name="IsActive">It has to do with links, forms and windows.</param>
internal sealed partial record HostileMail(string Name, string Attempt, bool IsInert, bool HasScript, bool IsActive, byte[] Message)
{
    /// <summary>What a script says that ran, before the mail's name.</summary>
    public const string Canary = "pwned";

    private static readonly Lazy<IReadOnlyDictionary<string, HostileMail>> Read = new(() => ReadAll().ToDictionary(each => each.Name, StringComparer.Ordinal));

    /// <summary>All of them take minutes of a busy browser: in CI it is every third, in the order of the files; run the tests without <c>CI</c> for all.</summary>
    public static bool IsSample { get; } = Environment.GetEnvironmentVariable("CI") == "true";

    public static IEnumerable<string> Names => IsSample ? Read.Value.Keys.Where((_, index) => index % 3 == 0) : Read.Value.Keys;

    public static HostileMail Named(string name) => Read.Value[name];

    private static IEnumerable<HostileMail> ReadAll()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Hostile")).Order(StringComparer.Ordinal))
        {
            foreach (var section in ("\n" + File.ReadAllText(path)).Split("\n=== ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = section.Split('\n', 2);
                var title = Title().Match(lines[0]);
                Assert.True(title.Success, lines[0]);
                var name = title.Groups["name"].Value;
                var content = Character().Replace(lines[1].TrimEnd('\n'), each => ((char)int.Parse(each.Groups["code"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString())
                    .Replace("PWN", $"console.log(/{Canary}-{name}/)", StringComparison.Ordinal)
                    .Replace("evil.test", name + ".evil.test", StringComparison.OrdinalIgnoreCase)
                    .Replace("link.test", name + ".link.test", StringComparison.Ordinal);
                var message = path.EndsWith(".eml", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(content.ReplaceLineEndings("\r\n") + "\r\n") : Envelope(name, content).ToBytes();
                yield return new(name, title.Groups["attempt"].Value, title.Groups["inert"].Success, lines[1].Contains("PWN", StringComparison.Ordinal), Path.GetFileName(path) is "addresses.html" or "elements.html", message);
            }
        }
    }

    // Whatever a body refers to by `cid:` is there.
    private static Letter Envelope(string name, string html) => new(name)
    {
        Html = html,
        Attachments =
        [
            new("logo.png", "image/png", TestPictures.Png, "logo@x.test"),
            new("page.html", "text/html", "<script>console.log('pwned')</script>"u8.ToArray(), "page@x.test"),
            new("vector.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='console.log(/pwned/)'><script>console.log('pwned')</script></svg>"u8.ToArray(), "vector@x.test"),
            new("run.js", "text/javascript", "console.log('pwned')"u8.ToArray(), "run@x.test"),
            new("look.css", "text/css", "body{background:url(http://evil.test/css)}"u8.ToArray(), "look@x.test"),
            new("up.png", "image/png", TestPictures.Png, "../../../../mailboxes?x=@x.test"),
            new("liar.png", "image/png", "<script>console.log('pwned')</script>"u8.ToArray(), "liar@x.test"),
        ],
    };

    [GeneratedRegex(@"^(?<name>[a-z0-9-]+)(?<inert> \(inert\))?: (?<attempt>.+)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Title();

    [GeneratedRegex(@"\{(?<code>[0-9A-F]{2,4})\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Character();
}
