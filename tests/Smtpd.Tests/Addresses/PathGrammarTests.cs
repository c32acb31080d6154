using Smtpd.Addresses;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Addresses;

/// <summary>Paths that end too early, and those that leniencies let in; the rest is said by dialogues and <see cref="Fuzzing.AddressLaw"/>.</summary>
public sealed class PathGrammarTests
{
    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("<@")]
    [InlineData("<@a.test")]
    [InlineData("<@a.test,")]
    [InlineData("<@a.test,b.test:x@c.test>")]
    [InlineData("<@a.test;x@c.test>")]
    [InlineData("<@a.test:")]
    [InlineData("<@a.test:>")]
    [InlineData("<@a.test:postmaster>")]
    [InlineData("<a")]
    [InlineData("<a@")]
    [InlineData("<a@b.test")]
    [InlineData("<a@b.test.")]
    [InlineData("<\"")]
    [InlineData("<\"a")]
    [InlineData("<\"a\\\\")]
    [InlineData("<\"a\\\\\\r\"@b.test>")]
    [InlineData("<\"\\\\\\x7f\"@b.test>")]
    [InlineData("<\"a\"")]
    [InlineData("<a.")]
    [InlineData("<.a@b.test>")]
    [InlineData("<a@b.test>x", 10)]
    public void What_is_no_path(string text, int used = 0)
    {
        var isRead = PathGrammar.TryReadPath(Escapes.Decode(text), nullAllowed: false, SmtpLeniency.None, out _, out var taken);

        Assert.Equal((used > 0, used), (isRead, isRead ? taken : 0));
    }

    [Theory]
    [InlineData("a@b.test", SmtpLeniency.MissingAngleBrackets, "a@b.test", 8)]
    [InlineData("a@b.test SIZE=1", SmtpLeniency.MissingAngleBrackets, "a@b.test", 8)]
    [InlineData("a@b.test>", SmtpLeniency.MissingAngleBrackets, null, 0)]
    [InlineData("postmaster", SmtpLeniency.MissingAngleBrackets, "postmaster", 10)]
    [InlineData("a@b.test", SmtpLeniency.TrailingDot, null, 0)]
    [InlineData("<a@b.test.>", SmtpLeniency.TrailingDot, "a@b.test", 11)]
    [InlineData("<a.@b.test>", SmtpLeniency.TrailingDot, "a.@b.test", 11)]
    [InlineData("<.@b.test>", SmtpLeniency.TrailingDot, null, 0)]
    [InlineData("<a..b@c.test>", SmtpLeniency.TrailingDot, null, 0)]
    public void What_is_forgiven(string text, SmtpLeniency leniency, string? address, int used)
    {
        var isRead = PathGrammar.TryReadPath(Escapes.Decode(text), nullAllowed: false, leniency, out var read, out var taken);

        Assert.Equal((address, used), isRead ? (read.Email, taken) : (null, 0));
    }

    [Fact]
    public void Nobody_writes_from_postmaster_without_a_domain()
    {
        Assert.False(PathGrammar.TryReadPath("postmaster"u8, nullAllowed: true, SmtpLeniency.MissingAngleBrackets, out _, out _));
        Assert.False(PathGrammar.TryReadPath("<postmaster>"u8, nullAllowed: true, SmtpLeniency.None, out _, out _));
    }
}
