using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Smtpd.Tests.Addresses;

/// <summary>These tests run without ICU, as the program does. Users of the library mostly have it, and then names are mapped: the same tests of names once more, with ICU.</summary>
public sealed class IcuTests
{
    [Fact]
    public async Task Names_are_read_alike_where_ICU_maps_them()
    {
        var cancel = TestContext.Current.CancellationToken;
        var assembly = typeof(IcuTests).Assembly.Location;
        var settings = JsonNode.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(assembly, ".runtimeconfig.json"), cancel))!;
        settings["runtimeOptions"]!["configProperties"]!["System.Globalization.Invariant"] = false;
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.runtimeconfig.json");
        try
        {
            await File.WriteAllTextAsync(path, settings.ToJsonString(), cancel);
            ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                "exec", "--runtimeconfig", path, "--depsfile", Path.ChangeExtension(assembly, ".deps.json"), assembly,
                "-noLogo", "-noColor", "-method", "Smtpd.Tests.Addresses.MailAddressTests.*", "-method", "Smtpd.Tests.LawTests.An_address_*", "-method", "Smtpd.Tests.Authentication.SaslPrepTests.*",
            ])
            { RedirectStandardOutput = true, UseShellExecute = false };
            using var tests = Process.Start(start)!;
            var output = await tests.StandardOutput.ReadToEndAsync(cancel);
            await tests.WaitForExitAsync(cancel);
            Assert.True(tests.ExitCode == 0, output);
            Assert.Matches("Total: [1-9][0-9]+", output);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
