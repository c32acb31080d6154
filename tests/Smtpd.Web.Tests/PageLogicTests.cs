using System.Diagnostics;
using Smtpd.Server.Tests;

namespace Smtpd.Web.Tests;

/// <summary>The tests of the page's own logic (Vitest), beside its modules.</summary>
public sealed class PageLogicTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_pass()
    {
        // Building the program has installed it.
        var folder = RepositoryFile.Path("src/Smtpd.Server/Web");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "vitest")))
            Skips.Missing("The packages of the page are missing: the program was built without it.");
        ProcessStartInfo start = new("npm", ["run", "-s", "test", "--", "--reporter=dot"]) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CI"] = "true"; // no watching
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, await output + await errors);
        Assert.Matches("Tests .*[0-9]{3} passed", await output);
    }
}
