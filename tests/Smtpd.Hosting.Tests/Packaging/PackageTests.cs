using System.IO.Compression;
using System.Xml.Linq;

namespace Smtpd.Hosting.Tests.Packaging;

/// <summary>What gets into the packages. In one collection with the samples: both build the library, and two builds at once would write the same files.</summary>
[Collection("builds")]
public sealed class PackageTests
{
    private const int Hang = 300_000;

    [Theory(Timeout = Hang)]
    [InlineData("Smtpd", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("Smtpd.Hosting", "Microsoft.Extensions.Diagnostics.HealthChecks, Microsoft.Extensions.Hosting.Abstractions, Microsoft.Extensions.Logging.Abstractions, Microsoft.Extensions.Options, Smtpd")]
    [InlineData("Smtpd.Jwt", "Microsoft.Bcl.Cryptography, Microsoft.Extensions.Logging.Abstractions, Microsoft.IdentityModel.JsonWebTokens, Smtpd")]
    [InlineData("Smtpd.Testing", "Microsoft.Extensions.Logging.Abstractions, Smtpd")]
    public async Task A_package_has_what_its_users_expect_and_nothing_else(string name, string dependencies)
    {
        var folder = Directory.CreateTempSubdirectory("smtpd-pack-");
        try
        {
            await DotnetCommand.RunAsync(TestContext.Current.CancellationToken, "pack", $"src/{name}", "-c", DotnetCommand.Configuration, "-o", folder.FullName, "-m:1");

            var package = Assert.Single(folder.GetFiles($"{name}.?.?.?.nupkg")).FullName;
            Assert.Equal([$"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", "README.md", $"{name}.nuspec"], Files(package));
            Assert.Equal([$"lib/net10.0/{name}.pdb", $"{name}.nuspec"], Files(Path.ChangeExtension(package, ".snupkg")));
            CheckMetadata(package, name, dependencies);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void CheckMetadata(string package, string name, string dependencies)
    {
        using var archive = ZipFile.OpenRead(package);
        using var stream = archive.GetEntry($"{name}.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        string Value(string element) => metadata.Elements().Single(one => one.Name.LocalName == element).Value;

        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.NotEqual("Package Description", Value("description"));
        Assert.NotEmpty(Value("tags"));
        var found = metadata.Descendants().Where(one => one.Name.LocalName == "dependency").Select(one => one.Attribute("id")!.Value);
        Assert.Equal(dependencies, string.Join(", ", found.Order(StringComparer.Ordinal)));
    }

    // Without what the container format brings.
    private static IEnumerable<string> Files(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        return [.. archive.Entries.Select(entry => entry.FullName)
            .Where(path => path != "[Content_Types].xml" && !path.StartsWith("_rels/", StringComparison.Ordinal) && !path.StartsWith("package/", StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase)];
    }
}
