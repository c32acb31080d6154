using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about projects and what a mailbox is told.</summary>
public abstract partial class MessageStoreContract
{
    private static readonly DateTimeOffset SomeTime = DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_123);

    [Fact]
    public async Task The_first_start_makes_project_1()
    {
        var project = Assert.Single(await Store.ListProjectsAsync(Cancel));
        Assert.Equal((Project.DefaultId, Project.DefaultName), (project.Id, project.Name));
        Assert.Equal(Project.DefaultId, (await Store.FindMailboxAsync(1, Cancel))!.Settings.ProjectId);
    }

    [Fact]
    public async Task Projects_come_and_go_and_their_numbers_do_not_return()
    {
        var first = (await Store.AddProjectAsync("shop", Cancel))!;
        Assert.Null(await Store.AddProjectAsync("shop", Cancel));
        var second = (await Store.AddProjectAsync("news", Cancel))!;
        Assert.True(second.Id > first.Id);
        Assert.Equal(ProjectChange.Taken, await Store.RenameProjectAsync(second.Id, "shop", Cancel));
        Assert.Equal(ProjectChange.Done, await Store.RenameProjectAsync(second.Id, "news", Cancel));
        Assert.Equal(ProjectChange.Done, await Store.RenameProjectAsync(first.Id, "Shop", Cancel));
        Assert.Equal(ProjectChange.NoProject, await Store.RenameProjectAsync(99, "else", Cancel));
        await ReopenAsync();
        Assert.Equal([(1, "default"), (first.Id, "Shop"), (second.Id, "news")], (await Store.ListProjectsAsync(Cancel)).Select(each => (each.Id, each.Name)));
        Assert.Equal(ProjectChange.Done, await Store.RemoveProjectAsync(second.Id, Cancel));
        Assert.Equal(ProjectChange.NoProject, await Store.RemoveProjectAsync(second.Id, Cancel));
        await ReopenAsync();
        Assert.True((await Store.AddProjectAsync("news", Cancel))!.Id > second.Id);
    }

    [Fact]
    public async Task A_project_with_mailboxes_and_the_default_one_stay()
    {
        var project = (await Store.AddProjectAsync("shop", Cancel))!;
        var mailbox = (await Store.AddMailboxAsync(new(new("second") { ProjectId = project.Id }, [], []), Cancel)).Mailbox!;
        Assert.Equal(ProjectChange.InUse, await Store.RemoveProjectAsync(project.Id, Cancel));
        await Store.RemoveMailboxAsync(mailbox.Id, Cancel);
        Assert.Equal(ProjectChange.Done, await Store.RemoveProjectAsync(project.Id, Cancel));
        await Store.RemoveMailboxAsync(1, Cancel);
        Assert.Equal(ProjectChange.InUse, await Store.RemoveProjectAsync(Project.DefaultId, Cancel));
    }

    [Fact]
    public async Task A_mailbox_keeps_what_it_is_told()
    {
        var project = (await Store.AddProjectAsync("shop", Cancel))!;
        MailboxSettings settings = new("second")
        {
            ProjectId = project.Id,
            IsOpen = false,
            ExpiresAt = SomeTime,
            Limits = new(10, 5_000_000_000, TimeSpan.FromDays(3), 6_000_000_000, new(3, TimeSpan.FromSeconds(2.5), RateRefusal.Close)),
        };
        var added = (await Store.AddMailboxAsync(new(settings, [], []), Cancel)).Mailbox!;
        Assert.Equal(settings, added.Settings);
        await ReopenAsync();
        Assert.Equal(settings, (await Store.FindMailboxAsync(added.Id, Cancel))!.Settings);
        Assert.Equal(added, await Store.FindMailboxAsync("second", Cancel));
        Assert.Null(await Store.FindMailboxAsync("third", Cancel));
        Assert.Equal(new("default"), (await Store.FindMailboxAsync(1, Cancel))!.Settings);
    }

    [Fact]
    public async Task What_a_mailbox_is_told_changes_in_one_step()
    {
        var second = await AddAsync("second", null, "a@y.test");
        await StoreAsync(NewMessage(deliveries: [new(second.Id, ["a@y.test"])]), Octets(10));
        var changed = (await Store.ChangeMailboxAsync(second.Id, settings => settings with { Name = "2nd", IsOpen = false }, Cancel)).Mailbox!;
        Assert.Equal((second.Id, "2nd", false, 1L, 10L), (changed.Id, changed.Name, changed.Settings.IsOpen, changed.MessageCount, changed.MessageBytes));
        await ReopenAsync();
        Assert.Equal(changed, await Store.FindMailboxAsync(second.Id, Cancel));
        Assert.Equal(second.Id, await WhereAsync("a@y.test"));
        Assert.Equal("2nd", (await Store.ChangeMailboxAsync(second.Id, settings => settings, Cancel)).Mailbox!.Name);
    }

    [Fact]
    public async Task A_change_that_cannot_be_says_why_and_changes_nothing()
    {
        var second = await AddAsync("second");
        Assert.Equal(new(null, "default"), await Store.ChangeMailboxAsync(second.Id, settings => settings with { Name = "default", IsOpen = false }, Cancel));
        Assert.Equal(default, await Store.ChangeMailboxAsync(second.Id, settings => settings with { ProjectId = 99 }, Cancel));
        Assert.Equal(default, await Store.ChangeMailboxAsync(99, settings => settings, Cancel));
        Assert.Equal(default, await Store.AddMailboxAsync(new(new("third") { ProjectId = 99 }, [], []), Cancel));
        await Assert.ThrowsAsync<FormatException>(() => Store.ChangeMailboxAsync(second.Id, _ => throw new FormatException("the caller's"), Cancel));
        Assert.Equal(second, await Store.FindMailboxAsync(second.Id, Cancel));
        Assert.Equal(2, (await Store.ListMailboxesAsync(Cancel)).Count);
    }

    [Fact]
    public async Task Mailboxes_are_listed_page_by_page_of_one_project_or_all()
    {
        var project = (await Store.AddProjectAsync("other", Cancel))!.Id;
        for (var i = 0; i < 5; i++)
            await Store.AddMailboxAsync(new(new("m" + i) { ProjectId = i % 2 == 0 ? project : Project.DefaultId }, [], []), Cancel);
        Assert.Equal([1, 2], await PageAsync(null, 0, 2));
        Assert.Equal([3, 4, 5], await PageAsync(null, 2, 3));
        Assert.Equal([6], await PageAsync(null, 5, 3));
        Assert.Empty(await PageAsync(null, 6, 3));
        Assert.Equal([2, 4], await PageAsync(project, 0, 2));
        Assert.Equal([6], await PageAsync(project, 4, 2));
        Assert.Empty(await PageAsync(99, 0, 2));

        async Task<IEnumerable<int>> PageAsync(int? of, int after, int limit) => (await Store.ListMailboxesAsync(new MailboxQuery(of, after, limit), Cancel)).Select(each => each.Id);
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_made()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Store.ChangeMailboxAsync(1, settings => settings with { Name = settings.Name + "+" }, Cancel), Cancel)));
        Assert.Equal("default" + new string('+', 20), (await Store.FindMailboxAsync(1, Cancel))!.Name);
    }

    [Fact]
    public async Task Mailboxes_whose_time_is_over_are_found()
    {
        for (var i = 0; i < 3; i++)
            await Store.AddMailboxAsync(new(new("m" + i) { ExpiresAt = SomeTime.AddSeconds(i) }, [], []), Cancel);
        Assert.Empty(await Store.ListExpiredMailboxesAsync(SomeTime.AddMilliseconds(-1), Cancel));
        Assert.Equal([2, 3], (await Store.ListExpiredMailboxesAsync(SomeTime.AddSeconds(1), Cancel)).Order());
        await Store.RemoveMailboxAsync(2, Cancel);
        await Store.ChangeMailboxAsync(3, settings => settings with { ExpiresAt = null }, Cancel);
        Assert.Empty(await Store.ListExpiredMailboxesAsync(SomeTime.AddSeconds(1), Cancel));
    }

    [Fact]
    public async Task Rules_of_every_kind_are_kept_and_listed()
    {
        string[] texts = ["support@y.test", "sales+*@y.test", "info@", "order-*@*.y.test", "@z.test", "*"];
        var second = await AddAsync("second", null, texts);
        await ReopenAsync();
        var listed = await Store.ListAddressesAsync(second.Id, null, Cancel);
        Assert.Equal(texts.Select(Rule).OrderBy(each => each.Key, StringComparer.Ordinal), listed.Select(each => each.Rule));
        Assert.Empty(await Store.ListAddressesAsync(1, null, Cancel));
        foreach (var rule in texts.Select(Rule))
            Assert.Equal(new(rule, second.Id), Assert.Single(await Store.ListAddressesAsync(null, rule.Kind, Cancel)));
        Assert.Equal([("@z.test", second.Id), ("support@y.test", second.Id)], (await Store.FindRulesAsync(["support@y.test", "nobody@y.test", "@z.test"], Cancel)).Order());
        Assert.Equal(second.Id, await WhereAsync("order-12@shop.y.test"));
        Assert.Equal(second.Id, await WhereAsync("sales+one@y.test"));
        Assert.Equal(second.Id, await WhereAsync("anyone@else.test"));
    }
}
