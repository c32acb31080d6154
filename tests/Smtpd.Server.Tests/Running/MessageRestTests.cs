using System.Net;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Flags, tags, many messages at once, and the mailbox as a queue.</summary>
public sealed class MessageRestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private SmtpdProcess Program => fixture.Program;

    [Fact]
    public async Task A_message_is_read_pinned_and_tagged()
    {
        (var id, var messages) = await FillAsync(1);
        var changed = await Program.AskAsync("PATCH", $"{messages}/1", """{"read":true,"pinned":true,"tags":["b","a"],"addTags":["c"],"removeTags":["b"]}""");
        Assert.Equal("""{"read":true,"pinned":true}""", changed.GetProperty("flags").GetRawText());
        Assert.Equal(["a", "c"], changed.GetProperty("tags").Texts());
        changed = await Program.AskAsync("PATCH", $"{messages}/1", """{"read":false}""");
        Assert.Equal("""{"read":false,"pinned":true}""", changed.GetProperty("flags").GetRawText());
        Assert.Equal("""[{"tag":"a","messages":1},{"tag":"c","messages":1}]""", (await Program.GetAsync($"/api/mailboxes/{id}/tags")).GetProperty("tags").GetRawText());
        foreach (var wrong in new[] { "{}", """{"tags":["a,b"]}""", """{"addTags":[""]}""", """{"tags":[null]}""", """{"seen":true}""", """{"read":1}""" })
            await Program.AskAsync("PATCH", $"{messages}/1", wrong, HttpStatusCode.BadRequest);
        await Program.AskAsync("PATCH", $"{messages}/99", """{"read":true}""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Many_messages_change_at_once()
    {
        (var id, var messages) = await FillAsync(5);
        Assert.Equal(2, (await Program.AskAsync("PATCH", messages, """{"uids":[1,3,77],"read":true}""")).GetProperty("changed").GetInt32());
        Assert.Equal(3, (await Program.GetAsync($"/api/mailboxes/{id}")).GetProperty("unread").GetInt32());
        Assert.Equal("""{"changed":5,"more":false}""", (await Program.AskAsync("PATCH", messages, """{"all":true,"read":true,"addTags":["done"]}""")).GetRawText());
        Assert.Equal(0, (await Program.GetAsync($"/api/mailboxes/{id}")).GetProperty("unread").GetInt32());
        foreach (var wrong in new[] { """{"read":true}""", """{"all":true,"uids":[1],"read":true}""", """{"all":true}""", """{"query":"  ","read":true}""", """{"query":"is:nonsense","read":true}""" })
            await Program.AskAsync("PATCH", messages, wrong, HttpStatusCode.BadRequest);

        Assert.Equal(2, (await Program.AskAsync("DELETE", messages, """{"uids":[1,2,77]}""")).GetProperty("deleted").GetInt32());
        Assert.Equal("5,4,3", string.Join(',', (await Program.GetAsync(messages)).Uids()));
        foreach ((var query, var body) in new[] { ("?Query=x", null), ("?q=", null), ("?q=a&q=b", null), ("", "{}"), ("", """{"uids":[3],"query":"x"}"""), ("?q=is:nonsense", null), ("", """{"uid":[3]}""") })
            await Program.AskAsync("DELETE", messages + query, body, HttpStatusCode.BadRequest);
        Assert.Equal("5,4,3", string.Join(',', (await Program.GetAsync(messages)).Uids()));
        Assert.Equal("""{"deleted":3,"more":false}""", (await Program.AskAsync("DELETE", messages)).GetRawText());
        await Program.AskAsync("DELETE", "/api/mailboxes/99999/messages", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_worker_leases_acknowledges_and_gives_back()
    {
        (var id, var messages) = await FillAsync(3);
        var lease = $"/api/mailboxes/{id}/lease";
        var first = (await Program.AskAsync("POST", lease)).GetProperty("leases")[0];
        Assert.Equal((1, 1), (Uid(first), first.GetProperty("attempt").GetInt32()));
        var rest = (await Program.AskAsync("POST", lease, """{"limit":10,"visibility":"1h","attempts":1}""")).GetProperty("leases");
        Assert.Equal([2, 3], rest.EnumerateArray().Select(Uid));
        Assert.Equal(0, (await Program.AskAsync("POST", lease)).GetProperty("leases").GetArrayLength());

        await Program.AskAsync("POST", $"{messages}/1/ack", """{"token":"0"}""", HttpStatusCode.Conflict);
        await Program.AskAsync("POST", $"{messages}/1/ack", $$"""{"token":"{{Token(first)}}","delete":true}""", HttpStatusCode.NoContent);
        await Program.AskAsync("GET", $"{messages}/1", expected: HttpStatusCode.NotFound);
        // Its only attempt: it is put aside.
        await Program.AskAsync("POST", $"{messages}/2/nack", $$"""{"token":"{{Token(rest[0])}}"}""", HttpStatusCode.NoContent);
        var dead = (await Program.GetAsync($"/api/mailboxes/{id}/dead")).GetProperty("dead");
        Assert.Equal(2, Uid(Assert.Single(dead.EnumerateArray().ToArray())));
        await Program.AskAsync("POST", $"{messages}/2/revive", expected: HttpStatusCode.NoContent);
        await Program.AskAsync("POST", $"{messages}/2/revive", expected: HttpStatusCode.NotFound);
        Assert.Equal(2, Uid((await Program.AskAsync("POST", lease)).GetProperty("leases")[0]));

        foreach (var wrong in new[] { """{"limit":0}""", """{"limit":101}""", """{"visibility":0}""", """{"visibility":"13h"}""", """{"attempts":0}""", """{"wait":301}""" })
            await Program.AskAsync("POST", lease, wrong, HttpStatusCode.BadRequest);
        await Program.AskAsync("POST", $"{messages}/3/nack", """{"token":"x","delay":"8d"}""", HttpStatusCode.BadRequest);
        await Program.AskAsync("POST", "/api/mailboxes/99999/lease", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_lease_waits_for_work()
    {
        (var id, _) = await FillAsync(0);
        var waiting = Program.AskAsync("POST", $"/api/mailboxes/{id}/lease", """{"wait":60}""");
        await Program.ImportAsync(id, TestMessages.Text("work"));
        Assert.Equal("work", (await waiting).GetProperty("leases")[0].GetProperty("message").GetProperty("subject").GetString());
    }

    private static int Uid(JsonElement leased) => leased.GetProperty("message").GetProperty("uid").GetInt32();

    private static string Token(JsonElement leased) => leased.GetProperty("token").GetString()!;

    private async Task<(int Id, string Messages)> FillAsync(int number)
    {
        var id = await Program.AddMailboxAsync();
        for (var i = 1; i <= number; i++)
            Assert.Equal(i, await Program.ImportAsync(id, TestMessages.Text($"number {i}")));
        return (id, $"/api/mailboxes/{id}/messages");
    }
}
