namespace Smtpd.Tests.Addresses;

public sealed class MailAddressTests
{
    [Theory]
    [InlineData("a@example.com", "a", "a", "example.com", "example.com")]
    [InlineData("John+News@Example.COM", "John+News", "john", "example.com", "example.com")]
    [InlineData("+tag@example.com", "+tag", "", "example.com", "example.com")]
    [InlineData("a+b+c@example.com", "a+b+c", "a", "example.com", "example.com")]
    [InlineData("\"John Doe\"@Example.com", "\"John Doe\"", "john doe", "example.com", "example.com")]
    [InlineData("\"a@b\"@example.com", "\"a@b\"", "a@b", "example.com", "example.com")]
    [InlineData("\"a\\\"b\"@example.com", "\"a\\\"b\"", "a\"b", "example.com", "example.com")]
    [InlineData("\"a+b\"@example.com", "\"a+b\"", "a", "example.com", "example.com")]
    [InlineData("postmaster", "postmaster", "postmaster", "", "")]
    [InlineData("PostMaster", "PostMaster", "postmaster", "", "")]
    [InlineData("a@[192.0.2.1]", "a", "a", "[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("a@[IPv6:2001:DB8::1]", "a", "a", "[ipv6:2001:db8::1]", "[ipv6:2001:db8::1]")]
    [InlineData("Jörg@BÜCHER.example", "Jörg", "jörg", "bücher.example", "xn--bcher-kva.example")]
    [InlineData("用户@例子.测试", "用户", "用户", "例子.测试", "xn--fsqu00a.xn--0zwm56d")]
    [InlineData("a@localhost", "a", "a", "localhost", "localhost")]
    public void Parts_of_an_address(string text, string localPart, string username, string hostname, string asciiHostname)
    {
        Assert.True(MailAddress.TryParse(text, out var address));

        Assert.Equal(text, address.Email);
        Assert.Equal(text, address.ToString());
        Assert.Equal(localPart, address.LocalPart);
        Assert.Equal(username, address.Username);
        Assert.Equal(hostname, address.Hostname);
        Assert.Equal(asciiHostname, address.AsciiHostname);
        Assert.False(address.IsNull);
        Assert.Equal(text.Any(c => c > 127), address.IsUtf8);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("@b.test")]
    [InlineData("a@b@c.test")]
    [InlineData("a b@c.test")]
    [InlineData(" a@b.test")]
    [InlineData("a@b.test ")]
    [InlineData("a@b.test\r\n")]
    [InlineData("a@b.test\n")]
    [InlineData("a\r\nb@c.test")]
    [InlineData("\"a\r\nb\"@c.test")]
    [InlineData("\"a\nb\"@c.test")]
    [InlineData("a\0b@c.test")]
    [InlineData("a@b\0.test")]
    [InlineData("\"a\0b\"@c.test")]
    [InlineData("a\u0085b@c.test")]
    [InlineData("a\u2028b@c.test")]
    [InlineData("a\u202Eb@c.test")]
    [InlineData("a\uFF20b.test")]
    [InlineData("a@b\u3002test")]
    [InlineData("a@b\uFF0Etest")]
    [InlineData("a@b\uFF61test")]
    [InlineData("<a@b.test>")]
    [InlineData("@relay.test:a@b.test")]
    [InlineData("a@b.test.")]
    [InlineData("a@.b.test")]
    [InlineData("a@b..test")]
    [InlineData("a@-b.test")]
    [InlineData("a@b-.test")]
    [InlineData("a@[192.0.2.256]")]
    [InlineData("a@[192.0.2.1")]
    [InlineData("a@192.0.2.1]")]
    [InlineData("a@[]")]
    [InlineData("a@[1.2.3.4.5]")]
    [InlineData("a@[1.2.3]")]
    [InlineData("a@[1..2.3]")]
    [InlineData("a@[1234.1.1.1]")]
    [InlineData("a@[x.1.1.1]")]
    [InlineData("a@[t_g:x]")]
    [InlineData("a@[t-:x]")]
    [InlineData("a@[:x]")]
    [InlineData("a@[t:]")]
    [InlineData("a@[t:x y]")]
    [InlineData("a@[t:x\\y]")]
    [InlineData("a@[IPv6:2001:db8::\u00e9]")]
    [InlineData("a@[IPv6:fe80::1%eth0]")]
    [InlineData("a@[IPv6:[::1]]")]
    [InlineData("a@[IPv6:::1]:25")]
    [InlineData(".a@b.test")]
    [InlineData("a.@b.test")]
    [InlineData("a..b@c.test")]
    [InlineData("\"a@b.test")]
    [InlineData("\"a\"b@c.test")]
    [InlineData("a\"b\"@c.test")]
    [InlineData("a(comment)@b.test")]
    [InlineData("a@b.test (comment)")]
    public void What_is_no_address(string? text) => Assert.False(MailAddress.TryParse(text, out _));

    /// <summary>With ICU (see <see cref="IcuTests"/>) these are mapped to a slash, an at sign, a blank, parentheses and the like.</summary>
    [Theory]
    [InlineData("a\u2100b.test")]
    [InlineData("a\uFE6Bb.test")]
    [InlineData("\uFE6B.test")]
    [InlineData("a\uFF0Fb.test")]
    [InlineData("a\u00A0b.test")]
    [InlineData("a\u2474.test")]
    [InlineData("a\uFE64b.test")]
    [InlineData("a\uFF3Bb.test")]
    public void What_becomes_something_else_is_no_domain(string domain) =>
        Assert.True(!MailAddress.TryParse("x@" + domain, out var address) || address.AsciiHostname.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '.'), address.AsciiHostname);

    [Theory]
    [InlineData(0xD800)]
    [InlineData(0xDFFF)]
    public void Half_a_surrogate_pair_is_no_address(int half)
    {
        Assert.False(MailAddress.TryParse($"a{(char)half}b@c.test", out _));
        Assert.False(MailAddress.TryParse($"a@b{(char)half}.test", out _));
    }

    [Fact]
    public void The_empty_text_is_the_null_sender()
    {
        Assert.True(MailAddress.TryParse(string.Empty, out var address));

        Assert.True(address.IsNull);
        Assert.Equal(default, address);
        Assert.Equal(string.Empty, default(MailAddress).Email);
        Assert.Equal(string.Empty, default(MailAddress).LocalPart);
        Assert.Equal(string.Empty, default(MailAddress).Username);
        Assert.Equal(string.Empty, default(MailAddress).Hostname);
        Assert.Equal(string.Empty, default(MailAddress).AsciiHostname);
        Assert.False(default(MailAddress).IsPostmaster);
    }

    [Theory]
    [InlineData("a@b.test", "a@B.TEST", true)]
    [InlineData("a@b.test", "A@b.test", false)]
    [InlineData("a@b.test", "a@b.example", false)]
    [InlineData("a@b.test", "", false)]
    public void Equality_is_exact_in_the_local_part_only(string left, string right, bool equal)
    {
        Assert.True(MailAddress.TryParse(left, out var one));
        Assert.True(MailAddress.TryParse(right, out var other));

        Assert.Equal(equal, one == other);
        Assert.Equal(!equal, one != other);
        Assert.Equal(equal, one.Equals((object)other));
        Assert.False(one.Equals((object)left));
        if (equal)
            Assert.Equal(one.GetHashCode(), other.GetHashCode());
    }

    // 80 labels of two octets each are short, and as A-labels too long for the DNS.
    [Fact]
    public void A_domain_that_cannot_be_looked_up_is_none() => Assert.False(MailAddress.TryParse("a@" + string.Join('.', Enumerable.Repeat("ü", 80)), out _));

    [Theory]
    [InlineData(64, 1, 63, true)]
    [InlineData(65, 1, 63, false)]
    [InlineData(1, 1, 64, false)]
    [InlineData(1, 4, 60, true)]
    [InlineData(1, 4, 63, true)]
    [InlineData(1, 5, 60, false)]
    public void Lengths(int local, int labels, int label, bool valid)
    {
        var text = new string('a', local) + "@" + string.Join('.', Enumerable.Repeat(new string('b', label), labels));

        Assert.Equal(valid, MailAddress.TryParse(text, out _));
    }
}
