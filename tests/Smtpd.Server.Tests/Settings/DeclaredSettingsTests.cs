using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Settings;

public sealed class DeclaredSettingsTests : IDisposable
{
    private const string Shop = """
        { "Projects": { "shop": { "Mailboxes": {
            "orders": { "Addresses": [ "orders@example.com", "@orders.example.com" ], "Users": { "orders@example.com": "secret 1" },
                        "Limits": { "Messages": 100, "Bytes": "10M", "MessageBytes": "1M", "Age": 48, "Rate": "100/60 Defer" } },
            "old": { "Open": false } } } } }
        """;

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task What_is_declared_is_made_once()
    {
        await using var store = await OpenAsync();
        for (var start = 1; start <= 2; start++)
        {
            await ApplyAsync(store, Shop);
            var project = Assert.Single(await store.ListProjectsAsync(Cancel), each => each.Name is "shop");
            var orders = (await store.FindMailboxAsync("orders", Cancel))!;
            Assert.Equal(new MailboxSettings("orders")
            {
                ProjectId = project.Id,
                Limits = new(100, 10 << 20, TimeSpan.FromHours(48), 1 << 20, new(100, TimeSpan.FromMinutes(1), RateRefusal.Defer)),
            }, orders.Settings);
            Assert.False((await store.FindMailboxAsync("old", Cancel))!.Settings.IsOpen);
            Assert.Equal(["@orders.example.com", "orders@example.com"], (await store.ListAddressesAsync(orders.Id, null, Cancel)).Select(each => each.Rule.Key));
            Assert.True(ScramVerifier.Parse((await store.FindCredentialAsync("orders@example.com", Cancel))!.Verifier).Verify("secret 1"));
            Assert.Equal(3, (await store.ListMailboxesAsync(Cancel)).Count);
        }
    }

    [Fact]
    public async Task What_is_the_same_is_not_written_again()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, Shop);
        var verifier = (await store.FindCredentialAsync("orders@example.com", Cancel))!.Verifier;
        var events = 0;
        store.Feed.Subscribe(_ => events++);
        await ApplyAsync(store, Shop);
        Assert.Equal(0, events);
        Assert.Equal(verifier, (await store.FindCredentialAsync("orders@example.com", Cancel))!.Verifier);
    }

    [Fact]
    public async Task What_differs_is_changed_and_the_rest_stays()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, Shop);
        await ApplyAsync(store, """
            { "Projects": { "shop": { "Mailboxes": { "orders": { "Addresses": [ "new@example.com" ], "Users": { "Orders@example.com": "secret 2" }, "Limits": { "Messages": 50, "Rate": "" } } } } } }
            """);
        var orders = (await store.FindMailboxAsync("orders", Cancel))!;
        Assert.Equal(new(50, 10 << 20, TimeSpan.FromHours(48), 1 << 20, null), orders.Settings.Limits);
        Assert.Equal(3, (await store.ListAddressesAsync(orders.Id, null, Cancel)).Count);
        Assert.True(ScramVerifier.Parse((await store.FindCredentialAsync("orders@example.com", Cancel))!.Verifier).Verify("secret 2"));
    }

    [Theory]
    [InlineData("""{ "Projects": { "x": { "Mailboxes": { "thief": { "Addresses": [ "orders@example.com" ] } } } } }""", "gives? the address `orders@example.com`")]
    [InlineData("""{ "Projects": { "x": { "Mailboxes": { "thief": { "Users": { "orders@example.com": "any password" } } } } } }""", "gives? the user `orders@example.com`")]
    public async Task What_belongs_to_another_is_not_taken(string json, string expected)
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, Shop);
        var e = await Assert.ThrowsAsync<StoreRefusedException>(() => ApplyAsync(store, json));
        Assert.Matches(expected, e.Message);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Projects:x:Mailboxes:m:Addresses=nonsense", "`nonsense` is not an address rule")]
    [InlineData("Projects:x:Mailboxes:m:Limits:Messages=0", "must be a number from 1")]
    [InlineData("Projects:x:Mailboxes:m:Limits:Bytes=ten", "must be a number of octets")]
    [InlineData("Projects:x:Mailboxes:m:Limits:Rate=5", "must be written as in 2/1")]
    [InlineData("Projects:x:Mailboxes:m:Limits:Rate=5/1 Sometimes", "must be written as in 2/1")]
    [InlineData("Projects:x:Mailboxes:m:Open=maybe", "must be true or false")]
    [InlineData("Projects:x:Mailboxes:m:Limits:Rates=5/1", "there is no setting")]
    [InlineData("Projects:x:Mailbox:m:Open=true", "there is no setting")]
    [InlineData("Projects:x:Mailboxes:m:Users:u=1234567", "a password has 8")]
    public void What_is_wrong_is_told(string given, string expected)
    {
        List<string> problems = [];
        SettingsReader.Read(SettingsSources.FromArguments([given], problems), problems);
        Assert.Contains(expected, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_shown()
    {
        List<string> problems = [];
        SettingsReader.Read(SettingsSources.FromArguments(["Projects:x:Mailboxes:m:Users:u=a se\u0001cret"], problems), problems);
        Assert.DoesNotContain("cret", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2/1", 2, 1, nameof(RateRefusal.Reject))]
    [InlineData("100/60 defer", 100, 60, nameof(RateRefusal.Defer))]
    [InlineData("1/86400 Close", 1, 86_400, nameof(RateRefusal.Close))]
    public void A_rate_is_read(string text, int messages, int seconds, string refusal)
    {
        Assert.True(MailboxRate.TryParse(text, out var rate));
        Assert.Equal(new(messages, TimeSpan.FromSeconds(seconds), Enum.Parse<RateRefusal>(refusal)), rate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0/1")]
    [InlineData("1/0")]
    [InlineData("1/86401")]
    [InlineData("1/1 1")]
    [InlineData("1/1 Defer Close")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(MailboxRate.TryParse(text, out _));

    private async Task<IMessageStore> OpenAsync() =>
        await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = directory["data"], MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);

    private async Task ApplyAsync(IMessageStore store, string json)
    {
        var path = directory["smtpd.json"];
        await File.WriteAllTextAsync(path, json, Cancel);
        List<string> problems = [];
        var settings = SettingsReader.Read(SettingsSources.FromFile(path, problems), problems);
        Assert.Empty(problems);
        await new MailboxDeclaration(store).ApplyAsync(settings.Declared, Cancel);
    }
}
