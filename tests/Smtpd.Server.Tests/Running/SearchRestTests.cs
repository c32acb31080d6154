using System.Net;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Search by REST, and what is done with what it finds.</summary>
public sealed class SearchRestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Words_are_found_page_by_page_with_what_was_found()
    {
        var id = await FillAsync(5);
        List<string> subjects = [];
        for (var after = ""; after is not null;)
        {
            var page = await Program.GetAsync($"/api/search?q=zebra&mailbox={id}&limit=2" + (after.Length > 0 ? "&after=" + after : ""));
            foreach (var message in page.GetProperty("messages").EnumerateArray())
            {
                subjects.Add(message.GetProperty("subject").GetString()!);
                var body = message.GetProperty("highlights").EnumerateArray().Single(each => each.GetProperty("field").GetString() == "body");
                var range = body.GetProperty("ranges")[0];
                Assert.Equal("Zebras", body.GetProperty("text").GetString()!.Substring(range.GetProperty("start").GetInt32(), range.GetProperty("length").GetInt32()));
            }

            after = page.GetProperty("next").GetString();
        }

        Assert.Equal(["animal 5", "animal 4", "animal 3", "animal 2", "animal 1"], subjects);
        Assert.Empty((await Program.GetAsync($"/api/search?q=zebra+-subject:animal&mailbox={id}")).Uids());
        Assert.Contains("is:", (await Program.AskAsync("GET", "/api/search?q=is:nonsense", expected: HttpStatusCode.BadRequest)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        await Program.AskAsync("GET", "/api/search?q=x&mailbox=99999", expected: HttpStatusCode.NotFound);
        foreach (var wrong in new[] { "after=x", "limit=201", "order=up", "query=x" })
            await Program.AskAsync("GET", "/api/search?q=x&" + wrong, expected: HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_user_finds_nothing_of_others()
    {
        await FillAsync(1);
        var own = await Program.AskAsync("POST", "/api/mailboxes", """{"users":[{"user":"searcher","password":"a password"}]}""", HttpStatusCode.Created);
        await Program.ImportAsync(own.GetProperty("id").GetInt32(), TestMessages.Text("own animal", "Zebras\r\n"));
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/search") { Headers = { Authorization = new("Basic", Convert.ToBase64String("searcher:a password"u8)) } };
        using var response = await Program.Http.SendAsync(request, Cancel);
        var found = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync(Cancel)).GetProperty("messages");
        Assert.All(found.EnumerateArray(), each => Assert.Equal(own.GetProperty("id").GetInt32(), each.GetProperty("mailboxId").GetInt32()));
    }

    [Fact]
    public async Task What_a_query_finds_is_changed_exported_and_deleted()
    {
        var id = await FillAsync(4);
        var messages = $"/api/mailboxes/{id}/messages";
        Assert.Equal(1, (await Program.AskAsync("PATCH", messages, """{"query":"subject:\"animal 2\"","pinned":true,"addTags":["two"]}""")).GetProperty("changed").GetInt32());
        Assert.Equal("2", string.Join(',', (await Program.GetAsync($"/api/search?q=tag:two&mailbox={id}")).Uids()));
        var mbox = await Program.Http.GetStringAsync($"/api/mailboxes/{id}/export?q=is:pinned", Cancel);
        Assert.Contains("Subject: animal 2", mbox, StringComparison.Ordinal);
        Assert.DoesNotContain("Subject: animal 1", mbox, StringComparison.Ordinal);
        Assert.Equal(3, (await Program.AskAsync("DELETE", messages + "?q=zebra+is:unpinned")).GetProperty("deleted").GetInt32());
        Assert.Equal("2", string.Join(',', (await Program.GetAsync(messages)).Uids()));
        Assert.Equal(1, (await Program.AskAsync("DELETE", messages, """{"query":"is:pinned"}""")).GetProperty("deleted").GetInt32());
    }

    // Messages of a mailbox of its own, once they can be found.
    private async Task<int> FillAsync(int number)
    {
        var id = await Program.AddMailboxAsync();
        for (var i = 1; i <= number; i++)
            await Program.ImportAsync(id, TestMessages.Text($"animal {i}", $"There were {i} Zebras.\r\n"));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await Program.GetAsync($"/api/search?q=zebra&mailbox={id}")).Uids().Length < number)
            await Task.Delay(20, deadline.Token);
        return id;
    }
}
