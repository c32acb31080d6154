using System.Globalization;
using Microsoft.Playwright;
using Smtpd.Server.Tests;

[assembly: AssemblyFixture(typeof(Smtpd.Web.Tests.Fixture.ChromiumFixture))]

namespace Smtpd.Web.Tests.Fixture;

/// <summary>One Chromium for all tests. It reaches loopback only: every name leads to the <see cref="Trap"/>.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    /// <summary>Milliseconds to wait for what must come: machines are slow at times.</summary>
    public const float Patience = 30_000;

    private const string Executable = "/usr/bin/chromium";

    private IPlaywright? playwright;
    private IBrowser? browser;

    public RequestTrap Trap { get; } = new();

    public bool IsThere => browser is not null;

    /// <summary>The test is skipped where there is no Chromium.</summary>
    public IBrowser Browser
    {
        get
        {
            if (browser is null)
                Skips.Missing($"{Executable} is missing (Debian: apt-get install chromium).");
            return browser;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
            return;
        playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Args = Arguments });
    }

    /// <summary>Another one that writes down all that it does with the network, and does what a browser does for its owner only: it makes connections ahead.</summary>
    /// <param name="directory">Of its profile.</param>
    /// <param name="log">Complete when it has been closed.</param>
    public Task<IBrowserContext> LaunchLoggingAsync(string directory, string log)
    {
        _ = Browser;
        return playwright!.Chromium.LaunchPersistentContextAsync(directory, new() { ExecutablePath = Executable, Args = [.. Arguments, "--log-net-log=" + log] });
    }

    private string[] Arguments
    {
        get
        {
            // What the browser itself wants of its makers leads nowhere.
            const string own = "MAP *.google.com ~NOTFOUND, MAP *.googleapis.com ~NOTFOUND, MAP *.gvt1.com ~NOTFOUND";
            // *.rebind.test is whoever listens at the same port of loopback: a name that an attacker has pointed to us.
            var names = string.Create(CultureInfo.InvariantCulture, $"{own}, MAP *.rebind.test 127.0.0.1, MAP * 127.0.0.1:{Trap.Port}, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1");
            return
            [
                // A process for every frame of a mail costs more than to show it; what a frame may do is the same without.
                "--disable-site-isolation-trials", "--renderer-process-limit=1",
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=" + names,
            ];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.CloseAsync();
        playwright?.Dispose();
        await Trap.DisposeAsync();
    }
}
