using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Mailboxes;

public sealed class AddressRuleTests
{
    [Theory]
    [InlineData("Support@Example.com", nameof(AddressRuleKind.Exact), "support@example.com")]
    [InlineData("a+b@example.com", nameof(AddressRuleKind.Exact), "a+b@example.com")]
    [InlineData("\"a b\"@example.com", nameof(AddressRuleKind.Exact), "\"a b\"@example.com")]
    [InlineData("\"*\"@example.com", nameof(AddressRuleKind.Exact), "\"*\"@example.com")]
    [InlineData("info@bücher.example", nameof(AddressRuleKind.Exact), "info@xn--bcher-kva.example")]
    [InlineData("Support+*@Example.com", nameof(AddressRuleKind.Tagged), "support+*@example.com")]
    [InlineData("Support@", nameof(AddressRuleKind.User), "support@")]
    [InlineData("order-*@Example.com", nameof(AddressRuleKind.Pattern), "order-*@example.com")]
    [InlineData("order-??@example.com", nameof(AddressRuleKind.Pattern), "order-??@example.com")]
    [InlineData("*@*.example.com", nameof(AddressRuleKind.Pattern), "*@*.example.com")]
    [InlineData("@Example.com", nameof(AddressRuleKind.Domain), "@example.com")]
    [InlineData("*@example.com", nameof(AddressRuleKind.Domain), "@example.com")]
    [InlineData("*", nameof(AddressRuleKind.CatchAll), "*")]
    public void A_rule_is_read_and_has_one_key(string text, string kind, string key)
    {
        Assert.True(AddressRule.TryParse(text, out var rule));
        Assert.Equal((Enum.Parse<AddressRuleKind>(kind), text, key), (rule.Kind, rule.Text, rule.Key));
        Assert.True(AddressRule.TryParse(rule.Key, out var again));
        Assert.Equal((rule.Kind, rule.Key), (again.Kind, again.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("support")]
    [InlineData("a b@example.com")]
    [InlineData("a@b@example.com")]
    [InlineData("a@exa mple.com")]
    [InlineData("a\r\nb@example.com")]
    [InlineData("a+b+*@example.com")]
    [InlineData("a+b@")]
    [InlineData("a*@")]
    [InlineData("@")]
    [InlineData("**")]
    [InlineData("<a@example.com>")]
    public void What_is_no_rule_is_refused(string text) => Assert.False(AddressRule.TryParse(text, out _));

    [Theory]
    [InlineData("order-*@example.com", "order-7@example.com", true)]
    [InlineData("order-*@example.com", "ORDER-@EXAMPLE.com", true)]
    [InlineData("order-*@example.com", "order-7@example.com.evil.test", false)]
    [InlineData("order-*@example.com", "x-order-7@example.com", false)]
    [InlineData("order-??@example.com", "order-12@example.com", true)]
    [InlineData("order-??@example.com", "order-123@example.com", false)]
    [InlineData("a.c*@example.com", "abcd@example.com", false)]
    [InlineData("*@*.example.com", "any@mx.example.com", true)]
    [InlineData("*@*.example.com", "any@example.com", false)]
    public void A_pattern_means_the_whole_address(string pattern, string address, bool fits)
    {
        Assert.True(AddressRule.TryParse(pattern, out var rule) && MailAddress.TryParse(address, out _));
        _ = MailAddress.TryParse(address, out var parsed);
        Assert.Equal(fits, rule.ToRegex().IsMatch(AddressRule.ExactKey(parsed)));
    }

    [Fact]
    public void An_evil_pattern_takes_no_time()
    {
        Assert.True(AddressRule.TryParse(string.Concat(Enumerable.Repeat("*a", 30)) + "*@example.com", out var rule));
        Assert.DoesNotMatch(rule.ToRegex(), new string('a', 60) + "b@example.org");
    }
}
