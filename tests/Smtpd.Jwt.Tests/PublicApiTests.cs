using Smtpd.Tests;

namespace Smtpd.Jwt.Tests;

/// <summary>The public face of the package, printed; a change of it must be seen in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_face_is_the_approved_one() => PublicFace.AssertApproved("tests/Smtpd.Jwt.Tests/PublicApi.txt", typeof(JwtBearerTokenValidator).Assembly);
}
