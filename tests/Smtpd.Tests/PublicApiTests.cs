namespace Smtpd.Tests;

/// <summary>The public face of the library, printed; a change of it must be seen in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_face_is_the_approved_one() => PublicFace.AssertApproved("tests/Smtpd.Tests/PublicApi.txt", typeof(SmtpServer).Assembly);

    [Fact]
    public void Every_public_type_is_in_the_one_namespace() =>
        Assert.All(typeof(SmtpServer).Assembly.GetExportedTypes(), type => Assert.Equal("Smtpd", type.Namespace));
}
