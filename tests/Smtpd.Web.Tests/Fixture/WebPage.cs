using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>A page, and what it did that it should not have done. Everything that is not here is in <see cref="Page"/>.</summary>
internal sealed class WebPage
{
    private readonly WebFixture web;
    private readonly PageOptions options;
    private readonly ConcurrentQueue<(PageFaults Kind, string What)> faults = new();
    private readonly ConcurrentQueue<IRequest> requests = new();
    private readonly ConcurrentQueue<IConsoleMessage> console = new();
    private int caughtBefore;
    private bool isClosed;

    private WebPage(WebFixture web, PageOptions options, IPage page)
    {
        (this.web, this.options, Page) = (web, options, page);
        caughtBefore = web.Chromium.Trap.Caught.Count;
        Origin = web.Program.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        var context = page.Context;
        context.WebError += (_, error) => Note(PageFaults.Exception, error.Error);
        context.Console += (_, message) => Hear(message);
        context.Request += (_, request) => See(request);
        context.Response += (_, response) =>
        {
            if (response.Status >= 400)
                Note(PageFaults.Answer, $"{response.Status} to {response.Request.Method} {response.Url}");
        };
        page.WebSocket += (_, socket) => Note(PageFaults.OtherHost, socket.Url);
    }

    public IPage Page { get; }

    public IBrowserContext Context => Page.Context;

    public IKeyboard Keyboard => Page.Keyboard;

    /// <summary>Of the program: <c>http://127.0.0.1:port</c>.</summary>
    public string Origin { get; }

    /// <summary>Path, query and fragment of where the page is.</summary>
    public string Path => Page.Url.StartsWith(Origin, StringComparison.Ordinal) ? Page.Url[Origin.Length..] : Page.Url;

    /// <summary>Every request so far, of the page, its frames and the windows that it opened.</summary>
    public IReadOnlyList<IRequest> Requests => [.. requests];

    /// <summary>What it said to the console.</summary>
    public IReadOnlyList<IConsoleMessage> Console => [.. console];

    public static async Task<WebPage> CreateAsync(WebFixture web, PageOptions options)
    {
        var context = await web.Chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = options.Width, Height = options.Height },
            ColorScheme = options.HasOwnColourScheme ? ColorScheme.Null : options.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            HasTouch = options.IsTouch,
            IsMobile = options.IsTouch,
            Locale = "en-GB",
            TimezoneId = "UTC",
            // Or else the browser keeps pages that a test makes up from asking loopback, and it would not be seen whether we do.
            Permissions = ["local-network-access"],
        });
        context.SetDefaultTimeout(ChromiumFixture.Patience);
        if (options.HasTrace)
            await context.Tracing.StartAsync(new() { Snapshots = true, Screenshots = false });
        return new(web, options, await context.NewPageAsync());
    }

    public async Task<IResponse?> GoToAsync(string path) => await Page.GotoAsync(Origin + path);

    public ILocator GetByTestId(string id) => Page.GetByTestId(id);

    public ILocator GetByRole(AriaRole role, string? name = null) => Page.GetByRole(role, new() { Name = name });

    public ILocator GetByText(string text) => Page.GetByText(text);

    public ILocator GetByLabel(string label) => Page.GetByLabel(label);

    /// <summary>What is in the frame with this test id.</summary>
    public IFrameLocator Frame(string testId) => Page.GetByTestId(testId).ContentFrame;

    /// <summary>Waits until what is asserted of the element holds: <c>await page.Expect("unread").ToHaveTextAsync("3")</c>.</summary>
    public ILocatorAssertions Expect(string testId) => Assertions.Expect(GetByTestId(testId));

    public Task ClickAsync(string testId) => GetByTestId(testId).ClickAsync();

    /// <summary>One key after the other, as in <c>PressAsync("g", "i", "Control+k")</c>.</summary>
    public async Task PressAsync(params string[] keys)
    {
        foreach (var key in keys)
            await Page.Keyboard.PressAsync(key);
    }

    /// <summary>Waits until the address is this one, query and fragment included.</summary>
    public Task ExpectPathAsync(string path) => Assertions.Expect(Page).ToHaveURLAsync(Origin + path);

    public Task ExpectPathAsync(Regex path) => Assertions.Expect(Page).ToHaveURLAsync(path);

    public Task ExpectTitleAsync(string title) => Assertions.Expect(Page).ToHaveTitleAsync(title);

    /// <summary>Faults so far, which will not fail the test any more.</summary>
    public IReadOnlyList<(PageFaults Kind, string What)> TakeFaults()
    {
        NoteCaught();
        List<(PageFaults, string)> taken = [];
        while (faults.TryDequeue(out var fault))
            taken.Add(fault);
        return taken;
    }

    /// <summary>Closes the context.</summary>
    /// <returns>Faults, and where the trace is.</returns>
    public async Task<IReadOnlyList<string>> CloseAsync(bool keepsTrace = false)
    {
        if (isClosed)
            return [];
        isClosed = true;
        List<string> said = [];
        if (keepsTrace)
            said.Add(await KeepAsync());
        await Context.CloseAsync();
        return [.. TakeFaults().Select(each => $"{each.Kind}: {each.What}"), .. said];
    }

    private async Task<string> KeepAsync()
    {
        var name = Regex.Replace(TestContext.Current.Test?.TestDisplayName ?? "page", "[^A-Za-z0-9_.]+", "_", RegexOptions.NonBacktracking);
        var path = System.IO.Path.Combine(AppContext.BaseDirectory, "failed", name[..Math.Min(name.Length, 120)]);
        await Page.ScreenshotAsync(new() { Path = path + ".png" });
        if (options.HasTrace)
            await Context.Tracing.StopAsync(new() { Path = path + ".zip" });
        return $"It looked like {path}.png." + (options.HasTrace ? " What it did is in the .zip beside it (npx playwright show-trace)." : "");
    }

    private void Hear(IConsoleMessage message)
    {
        console.Enqueue(message);
        if (message.Type != "error" || message.Location.Contains("/favicon.ico", StringComparison.Ordinal)) // which a browser asks for of itself, and may not get
            return;
        var text = message.Text;
        // Of a mail's frame, where the sandbox refuses what clicks for the test as it refuses scripts of the mail; those have tests of their own.
        if (text.StartsWith("Blocked script execution", StringComparison.Ordinal) && message.Location.Contains("/html", StringComparison.Ordinal))
            return;
        var isPolicy = text.Contains("Content Security Policy", StringComparison.Ordinal) || text.Contains("sandboxed", StringComparison.Ordinal);
        // It is a fault of its own, with more to say, when the answer is there.
        if (!text.StartsWith("Failed to load resource: the server responded", StringComparison.Ordinal))
            Note(isPolicy ? PageFaults.Policy : PageFaults.Console, $"{text} ({message.Location})");
    }

    private void See(IRequest request)
    {
        requests.Enqueue(request);
        string[] ours = [Origin + "/", "data:", $"blob:{Origin}/", "chrome-extension:", "chrome:"]; // the last two are the browser's own viewer of PDF files
        if (!ours.Any(each => request.Url.StartsWith(each, StringComparison.Ordinal)))
            Note(PageFaults.OtherHost, $"{request.Method} {request.Url} ({request.ResourceType})");
    }

    private void NoteCaught()
    {
        var caught = web.Chromium.Trap.Caught;
        foreach (var each in caught.Skip(caughtBefore).Where(each => !RequestTrap.IsOnPurpose(each)))
            Note(PageFaults.OtherHost, "A connection beginning with: " + each);
        caughtBefore = caught.Count;
    }

    private void Note(PageFaults kind, string what)
    {
        if (!options.Tolerates.HasFlag(kind))
            faults.Enqueue((kind, what));
    }
}
