using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Mailboxes;

public sealed class MessageIdTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    [InlineData(1_882_000_123_456_789_012)]
    public void Text_and_number_say_the_same(long value)
    {
        var text = new MessageId(value).ToString();
        Assert.True(MessageId.TryParse(text, out var id));
        Assert.Equal((value, 13), (id.Value, text.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000000000")]
    [InlineData("8000000000000")]
    [InlineData("00000000000U0")]
    [InlineData("../../etc/pas")]
    public void Other_text_is_no_id(string text) => Assert.False(MessageId.TryParse(text, out _));

    [Fact]
    public void Ids_rise_even_when_the_clock_goes_back()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
        MessageIdSource ids = new(clock);
        var first = ids.Next();
        clock.AdjustTime(DateTimeOffset.UnixEpoch.AddYears(50));
        var second = ids.Next();
        ids.StartAfter(second.Value + 1000);
        Assert.True(first.Value < second.Value && second.Value + 1000 < ids.Next().Value);
    }
}
