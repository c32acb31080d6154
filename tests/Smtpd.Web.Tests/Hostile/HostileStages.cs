using System.Collections.Concurrent;
using System.Globalization;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>Shows all hostile mails, in batches, once for all tests of the class.</summary>
public sealed class HostileStages(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly WebFixture web = new(chromium);
    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<string>>>> batches = new(StringComparer.Ordinal);
    private Stage shown = null!;
    private Stage alone = null!;
    private Stage bare = null!;
    private Stage unprotected = null!; // of its own, so that what comes late is not taken for an effect of others

    internal SmtpdProcess Program => web.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!chromium.IsThere)
            return;
        await web.InitializeAsync();
        shown = await Stage.CreateAsync(chromium, Program.Http.BaseAddress!);
        alone = await Stage.CreateAsync(chromium, Program.Http.BaseAddress!);
        bare = await Stage.CreateAsync(chromium, Program.Http.BaseAddress!);
        unprotected = await Stage.CreateAsync(chromium, Program.Http.BaseAddress!);
        foreach (var batch in HostileMail.Names.Chunk(Stage.Places))
        {
            Lazy<Task<IReadOnlyList<string>>> play = new(() => PlayAsync(batch));
            foreach (var name in batch)
                batches[name] = play;
        }
    }

    /// <summary>What a mail has brought about that it should not have.</summary>
    internal async Task<IReadOnlyList<string>> EffectsAsync(string name)
    {
        _ = chromium.Browser; // skips where there is none
        var told = await batches[name].Value;
        return [.. told.Where(each => each.StartsWith(name + ": ", StringComparison.Ordinal) || each.StartsWith(": ", StringComparison.Ordinal))];
    }

    /// <summary>Sends a mail by SMTP.</summary>
    /// <returns>The path of its HTML.</returns>
    internal async Task<string> SendAsync(string name)
    {
        _ = chromium.Browser;
        using var client = await RawClient.ConnectAsync(Program.Smtp, Cancel);
        return await SendAsync(client, name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in new[] { shown, alone, bare, unprotected })
        {
            if (stage is not null)
                await stage.DisposeAsync();
        }

        await web.DisposeAsync();
    }

    private async Task<string> SendAsync(RawClient client, string name)
    {
        Assert.StartsWith("250 ", await client.MessageAsync(HostileMail.Named(name).Message), StringComparison.Ordinal);
        var uid = (await Program.GetAsync("/api/mailboxes/1/messages?limit=1")).Uids()[0];
        return string.Create(CultureInfo.InvariantCulture, $"/api/mailboxes/1/messages/{uid}/html");
    }

    private async Task<IReadOnlyList<string>> PlayAsync(string[] names)
    {
        var caughtBefore = chromium.Trap.Caught.Count;
        List<Scene> scenes = [];
        using (var client = await RawClient.ConnectAsync(Program.Smtp, Cancel))
        {
            foreach (var name in names)
                scenes.Add(new(name, await SendAsync(client, name)));
        }

        // Side by side: they are stages of their own.
        var found = await Task.WhenAll(ShowAsync(scenes), ShowAloneAsync(scenes), ShowBehindOneWallAsync(scenes));
        // Tests of other classes ask for other names.
        var caught = chromium.Trap.Caught.Skip(caughtBefore).Where(each => each.EndsWith(".evil.test", StringComparison.Ordinal) || !RequestTrap.IsOnPurpose(each));
        string[] left = [.. caught.Select(each => $"{Stage.NameIn(each)}: left the browser: {each}")];
        return [.. found.SelectMany(each => each), .. left, .. await ShowUnprotectedAsync(scenes)];
    }

    private async Task<IReadOnlyList<string>> ShowAsync(List<Scene> scenes)
    {
        List<string> found = [];
        Play play = new(scenes) { FrameAttributes = Stage.Sandbox, IsTouched = true };
        Tell(found, "in a frame", await shown.ShowAsync(play));
        var allowed = scenes.ConvertAll(each => each with { Path = each.Path + "?remote=allow" });
        Tell(found, "in a frame, with pictures", await shown.ShowAsync(play with { Scenes = allowed, WithPictures = true, IsTouched = false }));
        return found;
    }

    private async Task<IReadOnlyList<string>> ShowAloneAsync(List<Scene> scenes)
    {
        List<string> found = [];
        // Here there is a whole page to be taken away.
        foreach (var scene in scenes)
            Tell(found, "by itself", await alone.ShowAsync(new([scene]) { IsFramed = false, IsTouched = HostileMail.Named(scene.Mail).IsActive }));
        return found;
    }

    private async Task<IReadOnlyList<string>> ShowBehindOneWallAsync(List<Scene> scenes)
    {
        List<Scene> cleaned = [], policed = [];
        foreach (var scene in scenes)
        {
            using var response = await Program.Http.GetAsync(scene.Path, Cancel);
            cleaned.Add(scene with { Body = await response.Content.ReadAsStringAsync(Cancel) });
            policed.Add(scene with
            {
                Body = await Program.Http.GetStringAsync(scene.Path + "?source=1", Cancel),
                Headers = new() { ["Content-Security-Policy"] = response.Headers.GetValues("Content-Security-Policy").Single() },
            });
        }

        List<string> found = [];
        Tell(found, "cleaned, without the policy", await bare.ShowAsync(new(cleaned) { IsTouched = true, IsReparsed = true }));
        Tell(found, "with the policy, as it came", await bare.ShowAsync(new(policed) { MaySay = true, MayBeRefused = true }));
        return found;
    }

    // What does nothing in a browser that nobody protects proves nothing. That is a matter of the mails and the browser, not of the program: not looked at in CI.
    private async Task<IReadOnlyList<string>> ShowUnprotectedAsync(List<Scene> scenes)
    {
        if (HostileMail.IsSample)
            return [];
        List<Scene> silent = [];
        foreach (var scene in scenes.Where(each => !HostileMail.Named(each.Mail).IsInert))
            silent.Add(scene with { Body = await Program.Http.GetStringAsync(scene.Path + "?source=1", Cancel) });
        // All but to take the page away, which holds the others.
        const string attributes = "sandbox='allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads'";
        // Where many do what they want, a click may go astray.
        for (var i = 0; i < 3 && silent.Count > 0; i++)
        {
            var now = silent;
            var effects = await unprotected.ShowAsync(new(now) { FrameAttributes = attributes, IsTouched = true, IsReparsed = true, MaySay = true, Awaits = each => !Silent(now, each).Any() });
            silent = [.. Silent(now, effects)];
        }

        return silent.ConvertAll(each => $"{each.Mail}: it does nothing anyway");
    }

    private static IEnumerable<Scene> Silent(List<Scene> scenes, IReadOnlyList<(string Mail, string What)> effects) =>
        from scene in scenes
        where !effects.Any(each => each.Mail == scene.Mail && (!HostileMail.Named(scene.Mail).HasScript || each.What.Contains(HostileMail.Canary, StringComparison.Ordinal)))
        select scene;

    private static void Tell(List<string> found, string way, IReadOnlyList<(string Mail, string What)> effects) => found.AddRange(effects.Select(each => $"{each.Mail}: {way}: {each.What}"));
}
