using Smtpd.Tests;

namespace Smtpd.Hosting.Tests;

/// <summary>The public faces of the packages beside the library, printed; a change of one must be seen in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_face_of_the_test_package_is_the_approved_one() =>
        PublicFace.AssertApproved("tests/Smtpd.Hosting.Tests/PublicApi.Testing.txt", typeof(SmtpTestServer).Assembly);

    [Fact]
    public void The_public_face_of_the_hosting_package_is_the_approved_one() =>
        PublicFace.AssertApproved("tests/Smtpd.Hosting.Tests/PublicApi.Hosting.txt", typeof(SmtpServerBuilder).Assembly);

    // Extensions of the host's own types live where the host's users look for them.
    [Fact]
    public void Every_public_type_is_in_the_one_namespace() =>
        Assert.All(
            typeof(SmtpTestServer).Assembly.GetExportedTypes().Concat(typeof(SmtpServerBuilder).Assembly.GetExportedTypes()),
            type => Assert.Equal(type.Name.EndsWith("Extensions", StringComparison.Ordinal) ? "Microsoft.Extensions.DependencyInjection" : "Smtpd", type.Namespace));
}
