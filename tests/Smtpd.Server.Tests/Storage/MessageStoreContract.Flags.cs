using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about flags and tags.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task Reading_a_message_changes_the_number_of_unread_ones()
    {
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal(3, await UnreadAsync(1));
        Assert.Equal(2, await Store.ChangeAsync(1, [1, 2, 99], new(Read: true), Cancel));
        Assert.Equal(2, await Store.ChangeAsync(1, [1, 2], new(Read: true), Cancel));
        Assert.Equal(1, await UnreadAsync(1));
        await Store.ChangeAsync(1, [1, 3], new(Read: false), Cancel);
        Assert.Equal(2, await UnreadAsync(1));
        await Store.DeleteAsync(1, [1, 2], Cancel);
        Assert.Equal(1, await UnreadAsync(1));
        await ReopenAsync();
        Assert.Equal(1, await UnreadAsync(1));
        await Store.DeleteAllAsync(1, Cancel);
        Assert.Equal(0, await UnreadAsync(1));
    }

    [Fact]
    public async Task Flags_are_each_mailboxs_own()
    {
        var second = await AddAsync("second");
        await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]), Octets(10));
        await Store.ChangeAsync(1, [1], new(Read: true, Pinned: true, Tags: ["a"]), Cancel);
        await ReopenAsync();
        Assert.Equal(MessageFlags.Read | MessageFlags.Pinned, (await Store.FindAsync(1, 1, Cancel))!.Flags);
        var other = (await Store.FindAsync(second.Id, 1, Cancel))!;
        Assert.Equal((MessageFlags.None, 0), (other.Flags, other.Tags.Count));
        Assert.Equal((0, 1), (await UnreadAsync(1), await UnreadAsync(second.Id)));
        Assert.Empty(await Store.ListTagsAsync(second.Id, Cancel));
        Assert.Equal(0, await Store.ChangeAsync(99, [1], new(Read: true), Cancel));
    }

    [Fact]
    public async Task Flags_that_are_not_spoken_of_stay()
    {
        await StoreAsync(NewMessage(), Octets(10));
        await Store.ChangeAsync(1, [1], new(Read: true, Tags: ["a"]), Cancel);
        await Store.ChangeAsync(1, [1], new(Pinned: true), Cancel);
        await AssertMessageAsync(MessageFlags.Read | MessageFlags.Pinned, "a");
        await Store.ChangeAsync(1, [1], new(Read: false) { AddTags = ["b"] }, Cancel);
        await AssertMessageAsync(MessageFlags.Pinned, "a", "b");
        await Store.ChangeAsync(1, [1], new(Pinned: false), Cancel);
        await AssertMessageAsync(MessageFlags.None, "a", "b");
    }

    [Fact]
    public async Task Tags_are_set_added_and_taken_away()
    {
        await StoreAsync(NewMessage(), Octets(10));
        await Store.ChangeAsync(1, [1], new(Tags: ["b", "Ä", "a", "b", "B"]), Cancel);
        await AssertMessageAsync(MessageFlags.None, "B", "a", "b", "Ä");
        await Store.ChangeAsync(1, [1], new() { AddTags = ["c", "a"], RemoveTags = ["b", "x"] }, Cancel);
        await AssertMessageAsync(MessageFlags.None, "B", "a", "c", "Ä");
        await Store.ChangeAsync(1, [1], new(Tags: ["x"]) { AddTags = ["y"], RemoveTags = ["x"] }, Cancel);
        await AssertMessageAsync(MessageFlags.None, "y");
        await ReopenAsync();
        await AssertMessageAsync(MessageFlags.None, "y");
        await Store.ChangeAsync(1, [1], new(Tags: []), Cancel);
        await AssertMessageAsync(MessageFlags.None);
        Assert.Empty(await Store.ListTagsAsync(1, Cancel));
    }

    [Fact]
    public async Task A_message_has_no_more_tags_than_allowed()
    {
        await StoreAsync(NewMessage(), Octets(10));
        await Store.ChangeAsync(1, [1], new(Tags: ["z"]), Cancel);
        await Store.ChangeAsync(1, [1], new() { AddTags = [.. Enumerable.Range(0, 60).Select(i => $"t{i:00}")] }, Cancel);
        var tags = (await Store.FindAsync(1, 1, Cancel))!.Tags;
        Assert.Equal(MessageTag.MaximumCount, tags.Count);
        Assert.Contains("z", tags);
        Assert.Equal(MessageTag.MaximumCount, (await Store.ListTagsAsync(1, Cancel)).Count);
    }

    [Fact]
    public async Task Tags_in_use_are_counted()
    {
        for (var i = 0; i < 4; i++)
            await StoreAsync(NewMessage(), Octets(10));
        await Store.ChangeAsync(1, [1, 2, 3], new() { AddTags = ["b"] }, Cancel);
        await Store.ChangeAsync(1, [3, 4], new() { AddTags = ["a"] }, Cancel);
        Assert.Equal([("a", 2L), ("b", 3L)], await Store.ListTagsAsync(1, Cancel));
        await Store.ChangeAsync(1, [1], new() { RemoveTags = ["b"] }, Cancel);
        await Store.DeleteAsync(1, [3], Cancel);
        await ReopenAsync();
        Assert.Equal([("a", 1L), ("b", 1L)], await Store.ListTagsAsync(1, Cancel));
        await Store.DeleteAllAsync(1, Cancel);
        Assert.Empty(await Store.ListTagsAsync(1, Cancel));
    }

    [Fact]
    public async Task A_thousand_are_changed_at_once()
    {
        for (var i = 0; i < 1000; i++)
            await StoreAsync(NewMessage(), Octets(1));
        long[] uids = [.. Enumerable.Range(1, 1000).Select(i => (long)i)];
        Assert.Equal(1000, await Store.ChangeAsync(1, uids, new(Read: true, Tags: ["all"]), Cancel));
        Assert.Equal(0, await UnreadAsync(1));
        Assert.Equal([("all", 1000L)], await Store.ListTagsAsync(1, Cancel));
        Assert.Equal(1000, await Store.DeleteAsync(1, uids, Cancel));
    }

    private async Task AssertMessageAsync(MessageFlags flags, params string[] tags)
    {
        var message = (await Store.FindAsync(1, 1, Cancel))!;
        Assert.Equal(flags, message.Flags);
        Assert.Equal(tags, message.Tags);
    }

    private async Task<long> UnreadAsync(int mailboxId) => (await Store.FindMailboxAsync(mailboxId, Cancel))!.UnreadCount;
}
