namespace Smtpd.Web.Tests.Hostile;

/// <summary>
/// Mails that attempt something, sent by SMTP and opened in a real browser, in the frame of a page and by themselves. Two walls keep them in, the cleaning and the policy of the answer (with its
/// sandbox): each must hold alone. And without both the mail must be heard, or it would prove nothing.
/// </summary>
public sealed class HostileMailTests(HostileStages stages) : IClassFixture<HostileStages>
{
    public static TheoryData<string> Names => [.. HostileMail.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_hostile_mail_does_nothing(string name)
    {
        var effects = await stages.EffectsAsync(name);
        Assert.True(effects.Count == 0, $"{HostileMail.Named(name).Attempt}\n{string.Join('\n', effects)}");
    }
}
