using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>One running program for the tests of a class, and the browser. Tests that count messages take a mailbox of their own: <see cref="WebTest.AddMailboxAsync"/>.</summary>
public class WebFixture(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess? program;

    public ChromiumFixture Chromium => chromium;

    internal SmtpdProcess Program => program!;

    /// <summary>More of the program's command line.</summary>
    private protected virtual IEnumerable<string> Arguments => [];

    public async ValueTask InitializeAsync() => program = await SmtpdProcess.ServeAsync(directory["data"], ["--set", "Smtp:Hostname=mx.y.test", .. Arguments]);

    public async ValueTask DisposeAsync()
    {
        if (program is not null)
            await program.DisposeAsync();
        directory.Dispose();
        GC.SuppressFinalize(this);
    }
}
