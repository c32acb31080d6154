using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>
/// A page on which mails are shown, many at a time in frames beside each other (a navigation takes much longer than showing a mail), and everything is written down that they bring about.
/// </summary>
internal sealed partial class Stage : IAsyncDisposable
{
    /// <summary>How many mails there is room for.</summary>
    public const int Places = Columns * 4;

    /// <summary>As the page frames a mail.</summary>
    public const string Sandbox = "sandbox='allow-popups allow-popups-to-escape-sandbox'";

    private const string HostPath = "/frame-test";
    private const int Columns = 4;
    private const int Width = 300;
    private const int Height = 200;

    // Where to click, and whether there is something that stays in sight while one scrolls, which can pretend to be ours.
    private const string Targets = """
        () => [...document.querySelectorAll('html, body *')].map(each => {
          const box = each.getBoundingClientRect();
          return [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2, getComputedStyle(each).position === 'fixed' ? 1 : 0];
        })
        """;

    private readonly ConcurrentQueue<(string Mail, string What)> effects = new();
    private readonly ConcurrentQueue<string> pictures = new();
    private readonly ConcurrentQueue<string> windows = new();
    private readonly ConcurrentQueue<Task> closing = new();
    private readonly string origin;
    private Play play = new([]);

    private Stage(string origin, IPage page)
    {
        (this.origin, Page) = (origin, page);
        page.Context.Page += (_, window) => closing.Enqueue(CloseAsync(window));
        page.Context.Console += (_, message) => Hear(message);
        page.Context.Dialog += (_, dialog) =>
        {
            Note(null, $"a dialog: {dialog.Type} {dialog.Message}");
            closing.Enqueue(dialog.DismissAsync());
        };
        page.Context.Response += (_, response) =>
        {
            if (play.MayBeRefused && response.Status != 403 && response.Request.ResourceType == "image" && response.Url.StartsWith(origin + "/", StringComparison.Ordinal)
                && !play.Scenes.Any(each => each.HasPicture(response.Url[origin.Length..])))
                Note(null, $"was answered: {response.Status} {response.Url}");
        };
        page.Download += (_, download) => Note(null, $"a download: {download.Url}");
        page.WebSocket += (_, socket) => Note(null, $"a socket: {socket.Url}");
    }

    public IPage Page { get; }

    /// <summary>Pictures and fonts of others that were asked for by mails that may do so.</summary>
    public IReadOnlyList<string> Pictures => [.. pictures];

    /// <summary>Windows that a click on a link has opened, which know nothing of where it was.</summary>
    public IReadOnlyList<string> Windows => [.. windows];

    public static async Task<Stage> CreateAsync(ChromiumFixture chromium, Uri server)
    {
        var context = await chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = Width * Columns, Height = Height * (Places / Columns) }, Permissions = ["local-network-access"] });
        context.SetDefaultTimeout(ChromiumFixture.Patience);
        Stage stage = new(server.GetLeftPart(UriPartial.Authority), await context.NewPageAsync());
        await context.RouteAsync("**/*", stage.AnswerAsync);
        return stage;
    }

    /// <summary>What a mail does bears its name, if it can.</summary>
    public static string? NameIn(string what) => Mail().Match(what) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>Shows mails, and touches all that is there.</summary>
    /// <returns>What came of it: the mail's name, empty when it cannot be told, and the effect.</returns>
    public async Task<IReadOnlyList<(string Mail, string What)>> ShowAsync(Play next)
    {
        play = next;
        var url = origin + (next.IsFramed ? HostPath : next.Scenes[0].Path);
        try
        {
            // Of mails that may do what they want, some keep their frames loading for ever.
            await Page.GotoAsync(url, new() { WaitUntil = next.Awaits is null ? WaitUntilState.Load : WaitUntilState.DOMContentLoaded });
            for (var i = 0; i < next.Scenes.Count; i++)
                await WatchAsync(next.Scenes[i], next.IsFramed ? Page.Frames.FirstOrDefault(each => each.Name == next.Scenes[i].Mail) : Page.MainFrame, i);
            if (Page.Url.Split('#')[0] != url)
                Note(null, $"the page went to {Page.Url}");
        }
        catch (PlaywrightException e)
        {
            Note(null, "the page was not there any more: " + e.Message.Split('\n')[0]);
        }

        if (next.Awaits is not null)
        {
            await UntilAsync(() => next.Awaits([.. effects]));
            await Page.GotoAsync("about:blank"); // what goes on must not be taken for an effect of the next
        }

        while (closing.TryDequeue(out var task))
            await task;
        List<(string, string)> found = [];
        while (effects.TryDequeue(out var effect))
            found.Add(effect);
        return found;
    }

    // Or until it is clear that it will not be.
    private static async Task UntilAsync(Func<bool> isTrue)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        try
        {
            await Poll.UntilAsync(isTrue, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Whoever has shown them sees which one is missing.
        }
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();

    private async Task WatchAsync(Scene scene, IFrame? frame, int index)
    {
        if (frame is null)
        {
            Note(scene.Mail, "its frame has gone");
            return;
        }

        try
        {
            if (play.Awaits is not null)
                await LoadAsync(frame);
            if (play.IsReparsed)
                await frame.EvaluateAsync("() => { for (let i = 0; i < 2; i++) document.documentElement.innerHTML = document.documentElement.innerHTML; }");
            if (play.IsTouched)
                await TouchAsync(scene, frame, index % Columns * Width, index / Columns * Height);
            if (frame.Url.Split('#')[0] != origin + scene.Path)
                Note(scene.Mail, $"it went to {frame.Url}");
        }
        catch (PlaywrightException e)
        {
            Note(scene.Mail, "it was not there any more: " + e.Message.Split('\n')[0]);
        }
    }

    private static async Task LoadAsync(IFrame frame)
    {
        try
        {
            await frame.WaitForLoadStateAsync(LoadState.Load, new() { Timeout = 3000 });
        }
        catch (TimeoutException)
        {
            // What there is can be touched.
        }
    }

    private async Task TouchAsync(Scene scene, IFrame frame, int left, int top)
    {
        var targets = await frame.EvaluateAsync<double[][]>(Targets);
        if (targets.Any(each => each[2] > 0))
            Note(scene.Mail, "an element with position: fixed");
        var points = targets.Select(each => ((float)each[0], (float)each[1])).Distinct().ToArray();
        foreach ((var x, var y) in points.TakeLast(3))
            await Page.Mouse.ClickAsync(left + x, top + y);
        foreach (var key in new[] { "Tab", "Enter" })
            await Page.Keyboard.PressAsync(key);
    }

    private async Task AnswerAsync(IRoute route)
    {
        var request = route.Request;
        var path = request.Url.StartsWith(origin + "/", StringComparison.Ordinal) ? request.Url[origin.Length..] : null;
        var scene = play.Scenes.FirstOrDefault(each => each.Path == path);
        if (path is HostPath)
        {
            var frames = play.Scenes.Select(each => $"<iframe {play.FrameAttributes} name='{each.Mail}' src='{each.Path}'></iframe>");
            var style = $"<style>body{{margin:0;display:grid;grid-template-columns:repeat({Columns},{Width}px)}}iframe{{border:0;width:{Width}px;height:{Height}px}}</style>";
            await route.FulfillAsync(new() { ContentType = "text/html", Body = $"<!DOCTYPE html>{style}<body>{string.Concat(frames)}" });
        }
        else if (scene?.Body is not null)
            await route.FulfillAsync(new() { ContentType = "text/html; charset=utf-8", Body = scene.Body, Headers = scene.Headers });
        else if (path is not null)
        {
            // What only the policy holds may ask us for a picture, and is refused.
            if (scene is null && !play.Scenes.Any(each => each.HasPicture(path)) && !(play.MayBeRefused && request.ResourceType == "image"))
                Note(OwnerOf(request), $"asked us: {request.Method} {path} ({request.ResourceType})");
            await route.ContinueAsync();
        }
        else if (IsHonestLink(request))
            await route.FulfillAsync(new() { ContentType = "text/html", Body = RequestTrap.LinkedPage });
        else
        {
            if (play.WithPictures && request is { Method: "GET", ResourceType: "image" or "font" } && request.Url.StartsWith("http", StringComparison.Ordinal))
                pictures.Enqueue(request.Url);
            else
                Note(OwnerOf(request), $"asked others: {request.Method} {request.Url} ({request.ResourceType})");
            await (request.ResourceType == "image" ? route.FulfillAsync(new() { ContentType = "image/png", BodyBytes = TestPictures.Png }) : route.AbortAsync());
        }
    }

    private static bool IsHonestLink(IRequest request) =>
        request is { ResourceType: "document", IsNavigationRequest: true, Method: "GET" } && new Uri(request.Url).Host.EndsWith(RequestTrap.LinkedHosts, StringComparison.Ordinal);

    // Of a window there is no frame at that time.
    private static string? OwnerOf(IRequest request)
    {
        try
        {
            var frame = request.Frame;
            while (frame.ParentFrame?.ParentFrame is not null)
                frame = frame.ParentFrame;
            return frame.Name;
        }
        catch (PlaywrightException)
        {
            return null;
        }
    }

    private async Task CloseAsync(IPage window)
    {
        try
        {
            await window.WaitForLoadStateAsync();
            var found = $"{window.Url} {await window.TitleAsync()}";
            if (found.EndsWith(".link.test/ opener null, referrer none", StringComparison.Ordinal))
                windows.Enqueue(found);
            else
                Note(null, $"a window: {found}");
            await window.CloseAsync();
        }
        catch (PlaywrightException e)
        {
            Note(null, "a window that has closed: " + e.Message.Split('\n')[0]);
        }
    }

    private void Hear(IConsoleMessage message)
    {
        // A policy that stops something says so, and so do frames without one; nobody else has anything to say.
        if (message.Location.Contains("/favicon.ico", StringComparison.Ordinal) || (play.MaySay && message.Type is "error" or "warning" or "info" or "issue" && !message.Text.StartsWith("Unsafe attempt to initiate navigation", StringComparison.Ordinal)))
            return;
        // A font that this has not given out.
        if (play.WithPictures && message.Text.StartsWith("Failed to load resource: net::ERR_FAILED", StringComparison.Ordinal))
            return;
        Note(play.Scenes.FirstOrDefault(each => message.Location.Contains(each.Path + ":", StringComparison.Ordinal))?.Mail, $"said: {message.Text}");
    }

    private void Note(string? mail, string what)
    {
        var name = NameIn(what) ?? mail ?? "";
        effects.Enqueue((play.Scenes.Any(each => each.Mail == name) ? name : play.Scenes.Count == 1 ? play.Scenes[0].Mail : "", what));
    }

    [GeneratedRegex(HostileMail.Canary + @"-(?<name>[a-z0-9-]+)|(?<name>[a-z0-9-]+)\.(evil|link)\.test", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Mail();
}

/// <summary>How mails are shown.</summary>
internal sealed record Play(IReadOnlyList<Scene> Scenes)
{
    /// <summary>In frames of a page of ours, with these attributes.</summary>
    public bool IsFramed { get; init; } = true;

    public string FrameAttributes { get; init; } = "";

    /// <summary>Things are clicked on and get the focus and the Enter key.</summary>
    public bool IsTouched { get; init; }

    /// <summary>What the parser made of it is written out and parsed again (mutation XSS).</summary>
    public bool IsReparsed { get; init; }

    /// <summary>Pictures and fonts of others are allowed.</summary>
    public bool WithPictures { get; init; }

    /// <summary>Errors on the console are no effect.</summary>
    public bool MaySay { get; init; }

    /// <summary>They may ask us for pictures that they do not get.</summary>
    public bool MayBeRefused { get; init; }

    /// <summary>They may do what they want, and it goes on until this holds of what they did.</summary>
    public Func<IReadOnlyList<(string Mail, string What)>, bool>? Awaits { get; init; }
}

/// <summary>A mail to show.</summary>
/// <param name="Path">Of its HTML.</param>
internal sealed partial record Scene(string Mail, string Path)
{
    /// <summary>Served in the place of what the program answers, with these headers.</summary>
    public string? Body { get; init; }

    public Dictionary<string, string>? Headers { get; init; }

    /// <summary>Whether that is the address of a picture of its own, opened by a key.</summary>
    public bool HasPicture(string path) => Picture().Match(path) is { Success: true } match && Path.StartsWith(match.Groups["message"].Value + "/html", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<message>/api/mailboxes/1/messages/\d+)/attachments/\d+\?inline=1&key=[0-9a-f]{32}$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Picture();
}
