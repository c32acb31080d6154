using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about the SMTP dialogue that brought a message.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_dialogue_is_kept_with_its_message()
    {
        var second = await AddAsync("second");
        var dialogue = "S: 220 mx ESMTP\nC: EHLO x\n" + string.Join('\n', Enumerable.Range(0, 2000).Select(i => $"C: RCPT TO:<ä{i}@y.test>")) + "\nC: \"😀\"\n";
        await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]) with { Transcript = dialogue }, Octets(10));
        await StoreAsync(NewMessage(), Octets(10));
        await StoreAsync(NewMessage() with { Transcript = "" }, Octets(300_000));
        await ReopenAsync();
        Assert.Equal(dialogue, await Store.ReadTranscriptAsync(1, 1, Cancel));
        Assert.Equal(dialogue, await Store.ReadTranscriptAsync(second.Id, 1, Cancel));
        Assert.Null(await Store.ReadTranscriptAsync(1, 2, Cancel));
        Assert.Equal("", await Store.ReadTranscriptAsync(1, 3, Cancel));
        Assert.Null(await Store.ReadTranscriptAsync(1, 99, Cancel));
        Assert.Null(await Store.ReadTranscriptAsync(99, 1, Cancel));

        await Store.DeleteAllAsync(1, Cancel);
        Assert.Null(await Store.ReadTranscriptAsync(1, 1, Cancel));
        Assert.Equal(dialogue, await Store.ReadTranscriptAsync(second.Id, 1, Cancel));
        await Store.DeleteAllAsync(second.Id, Cancel);
        await AssertNothingIsKeptAsync();
    }
}
