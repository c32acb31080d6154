using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Projects and mailboxes by REST.</summary>
public sealed class MailboxRestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mailbox_for_a_while_is_made_with_all_that_is_needed_to_send_and_read()
    {
        var made = await Program.AskAsync("POST", "/api/mailboxes", """{"ttl":"10m"}""", HttpStatusCode.Created);
        var id = made.GetProperty("id").GetInt32();
        Assert.InRange(made.GetProperty("expiresAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(9), DateTimeOffset.UtcNow.AddMinutes(11));
        var address = Assert.Single(made.GetProperty("addresses").Texts());
        var credential = made.GetProperty("credentials")[0];
        Assert.Equal(Program.Smtp.ToString(), made.GetProperty("urls").GetProperty("smtp").GetString());

        using var client = await RawClient.ConnectAsync(Program.Smtp, Cancel);
        await client.BeginAsync(address);
        await client.SendAsync(RawClient.Stuff(TestMessages.Text("to the new one")));
        await client.SendAsync(".\r\n");
        Assert.StartsWith("250 ", await client.ReplyAsync(), StringComparison.Ordinal);

        // As its own user, at the addresses that were told.
        using HttpClient own = new();
        own.DefaultRequestHeaders.Authorization = Basic(credential.GetProperty("user").GetString()!, credential.GetProperty("password").GetString()!);
        var wait = await own.GetStringAsync(made.GetProperty("urls").GetProperty("wait").GetString() + "?subject=new", Cancel);
        Assert.Equal(id, JsonSerializer.Deserialize<JsonElement>(wait).GetProperty("mailboxId").GetInt32());
        Assert.Contains("to the new one", await own.GetStringAsync(made.GetProperty("urls").GetProperty("messages").GetString(), Cancel), StringComparison.Ordinal);

        // Shown once.
        Assert.False((await Program.GetAsync($"/api/mailboxes/{id}")).TryGetProperty("credentials", out _));
        await Program.AskAsync("DELETE", $"/api/mailboxes/{id}", expected: HttpStatusCode.NoContent);
        await Program.AskAsync("GET", $"/api/mailboxes/{id}", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_given_is_taken_and_what_is_empty_stays_empty()
    {
        var made = await Program.AskAsync("POST", "/api/mailboxes", """
            {"name":"given","open":false,"limits":{"messages":3,"age":"7d","rate":{"messages":2,"window":1,"refusal":"defer"}},"users":[{"user":"given","password":"a password"}],"addresses":["g+*@y.test"]}
            """, HttpStatusCode.Created);
        Assert.Equal(("given", false, 604800), (made.GetProperty("name").GetString(), made.GetProperty("open").GetBoolean(), made.GetProperty("limits").GetProperty("age").GetInt32()));
        Assert.Equal("defer", made.GetProperty("limits").GetProperty("rate").GetProperty("refusal").GetString());
        Assert.False(made.GetProperty("credentials")[0].TryGetProperty("password", out _)); // the caller knows it
        Assert.Equal(["g+*@y.test"], made.GetProperty("addresses").Texts());

        var bare = await Program.AskAsync("POST", "/api/mailboxes", """{"name":"bare","users":[],"addresses":[]}""", HttpStatusCode.Created);
        Assert.Empty(bare.GetProperty("users").Texts());
        Assert.Empty(bare.GetProperty("addresses").Texts());
        Assert.Equal(JsonValueKind.Null, bare.GetProperty("expiresAt").ValueKind);
    }

    [Theory]
    [InlineData("""{"name":""}""", "`name`")]
    [InlineData("""{"name":"a\u0007b"}""", "`name`")]
    [InlineData("""{"nmae":"x"}""", "`$.nmae`")]
    [InlineData("""{"limits":{"message":1}}""", "`$.limits.message`")]
    [InlineData("""{"limits":{"messages":0}}""", "`limits.messages`")]
    [InlineData("""{"limits":{"messages":"1"}}""", "`$.limits.messages`")]
    [InlineData("""{"limits":{"messages":99999999999}}""", "`$.limits.messages`")]
    [InlineData("""{"limits":{"age":-1}}""", "`$.limits.age`")]
    [InlineData("""{"limits":{"rate":{"messages":1,"window":0}}}""", "`limits.rate`")]
    [InlineData("""{"limits":{"rate":{"messages":1,"window":1,"refusal":"maybe"}}}""", "refusal")]
    [InlineData("""{"limits":{"rate":{"messages":1,"window":1,"refusal":2}}}""", "refusal")]
    [InlineData("""{"ttl":0}""", "`ttl`")]
    [InlineData("""{"ttl":"10y"}""", "`$.ttl`")]
    [InlineData("""{"ttl":5,"expiresAt":"2099-01-01T00:00:00Z"}""", "not both")]
    [InlineData("""{"expiresAt":"2001-01-01T00:00:00Z"}""", "in the future")]
    [InlineData("""{"project":12345}""", "/api/projects")]
    [InlineData("""{"addresses":["no address"]}""", "`no address`")]
    [InlineData("""{"addresses":[null]}""", "address")]
    [InlineData("""{"users":[{"user":"a:b"}]}""", "`user`")]
    [InlineData("""{"users":[{"user":"a","password":""}]}""", "`password`")]
    [InlineData("""{"users":[{"user":"a","password":"1234567"}]}""", "8 to 1024 characters")]
    [InlineData("""{"users":[{}]}""", "`$.users[0]`")]
    [InlineData("""{"name":"x","name":"y"}""", "twice")]
    [InlineData("""{"name":"\ud800"}""", "name")]
    [InlineData("[]", "$")]
    [InlineData("null", "object")]
    [InlineData("{", "JSON")]
    public async Task What_is_wrong_is_told_with_its_place(string body, string words)
    {
        var problem = await Program.AskAsync("POST", "/api/mailboxes", body, HttpStatusCode.BadRequest);
        Assert.Contains(words, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Smtpd.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_taken_is_a_conflict()
    {
        await Program.AskAsync("POST", "/api/mailboxes", """{"name":"first","users":[{"user":"taken","password":"long enough"}],"addresses":["taken@y.test"]}""", HttpStatusCode.Created);
        foreach (var body in new[] { """{"name":"first"}""", """{"users":[{"user":"TAKEN"}]}""", """{"addresses":["Taken@Y.test"]}""" })
            Assert.Contains("taken", (await Program.AskAsync("POST", "/api/mailboxes", body, HttpStatusCode.Conflict)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_patch_changes_what_it_names_and_null_removes()
    {
        var id = (await Program.AskAsync("POST", "/api/mailboxes", """{"ttl":600,"limits":{"messages":3,"bytes":1000}}""", HttpStatusCode.Created)).GetProperty("id").GetInt32();
        var path = $"/api/mailboxes/{id}";
        var changed = await Program.AskAsync("PATCH", path, """{"name":"renamed","expiresAt":null,"open":false,"limits":{"messages":null,"rate":{"messages":5,"window":10}}}""");
        Assert.Equal(("renamed", false, JsonValueKind.Null), (changed.GetProperty("name").GetString(), changed.GetProperty("open").GetBoolean(), changed.GetProperty("expiresAt").ValueKind));
        Assert.Equal("""{"messages":null,"bytes":1000,"age":null,"messageBytes":null,"rate":{"messages":5,"window":10,"refusal":"reject"}}""", changed.GetProperty("limits").GetRawText());
        changed = await Program.AskAsync("PATCH", path, """{"limits":null}""");
        Assert.Equal(JsonValueKind.Null, changed.GetProperty("limits").GetProperty("bytes").ValueKind);

        foreach (var wrong in new[] { """{"name":null}""", """{"open":"no"}""", """{"limits":{"messages":0}}""", """{"id":5}""", """{"expiresAt":"2001-01-01T00:00:00Z"}""", """{"project":999}""", "[]", "1" })
            await Program.AskAsync("PATCH", path, wrong, HttpStatusCode.BadRequest);
        await Program.AskAsync("PATCH", path, """{"name":"default"}""", HttpStatusCode.Conflict);
        await Program.AskAsync("PATCH", "/api/mailboxes/99999", """{"name":"x"}""", HttpStatusCode.NotFound);
        Assert.Equal("renamed", (await Program.GetAsync(path)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Mailboxes_are_listed_page_by_page()
    {
        var ids = new[] { await Program.AddMailboxAsync(), await Program.AddMailboxAsync(), await Program.AddMailboxAsync() };
        var page = await Program.GetAsync($"/api/mailboxes?limit=2&after={ids[0] - 1}");
        Assert.Equal(ids[..2], page.GetProperty("mailboxes").EnumerateArray().Select(each => each.GetProperty("id").GetInt32()));
        page = await Program.GetAsync($"/api/mailboxes?limit=1&project=1&after={page.GetProperty("next").GetInt32()}");
        Assert.Equal(ids[2], page.GetProperty("mailboxes").EnumerateArray().Single().GetProperty("id").GetInt32());
        page = await Program.GetAsync($"/api/mailboxes?after={int.MaxValue}");
        Assert.Equal((0, JsonValueKind.Null), (page.GetProperty("mailboxes").GetArrayLength(), page.GetProperty("next").ValueKind));
        foreach (var wrong in new[] { "limit=0", "limit=1001", "after=-1" })
            await Program.AskAsync("GET", "/api/mailboxes?" + wrong, expected: HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task If_match_finds_out_that_somebody_was_quicker()
    {
        var path = $"/api/mailboxes/{await Program.AddMailboxAsync()}";
        using var read = await Program.Http.GetAsync(path, Cancel);
        var tag = read.Headers.ETag!;
        Assert.Equal(HttpStatusCode.OK, await PatchAsync("""{"open":false}""", tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PatchAsync("""{"open":true}""", tag));
        Assert.Equal(HttpStatusCode.OK, await PatchAsync("""{"open":true}""", EntityTagHeaderValue.Any));
        Assert.Equal(HttpStatusCode.OK, await PatchAsync("""{"open":false}""", tag)); // as it was then

        async Task<HttpStatusCode> PatchAsync(string json, EntityTagHeaderValue match)
        {
            using HttpRequestMessage request = new(HttpMethod.Patch, path) { Content = new StringContent(json, Encoding.UTF8, "application/merge-patch+json"), Headers = { IfMatch = { match } } };
            using var response = await Program.Http.SendAsync(request, Cancel);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Users_come_change_their_passwords_and_go()
    {
        var id = await Program.AddMailboxAsync();
        var path = $"/api/mailboxes/{id}/users";
        var added = await Program.AskAsync("POST", path, """{"user":"team/one@y.test"}""", HttpStatusCode.Created);
        Assert.True(added.GetProperty("password").GetString()!.Length >= 20);
        await Program.AskAsync("POST", path, """{"user":"team/one@y.test"}""", HttpStatusCode.Conflict);
        await Program.AskAsync("POST", "/api/mailboxes/99999/users", """{"user":"other"}""", HttpStatusCode.NotFound);
        Assert.Contains("team/one@y.test", (await Program.GetAsync(path)).GetProperty("users").Texts());

        var user = path + "/team%2Fone@y.test";
        var changed = await Program.AskAsync("POST", user + "/password");
        Assert.NotEqual(added.GetProperty("password").GetString(), changed.GetProperty("password").GetString());
        Assert.False((await Program.AskAsync("POST", user + "/password", """{"password":"known to all"}""")).TryGetProperty("password", out _));
        foreach (var wrong in new[] { """{"password":"a password\u0000"}""", """{"password":"1234567"}""" })
            await Program.AskAsync("POST", user + "/password", wrong, HttpStatusCode.BadRequest);
        await Program.AskAsync("DELETE", "/api/mailboxes/1/users/team%2Fone@y.test", expected: HttpStatusCode.NotFound); // not of that mailbox
        await Program.AskAsync("DELETE", user, expected: HttpStatusCode.NoContent);
        await Program.AskAsync("DELETE", user, expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Addresses_come_and_go()
    {
        var id = await Program.AddMailboxAsync();
        var path = $"/api/mailboxes/{id}/addresses";
        foreach ((var rule, var kind) in new[] { ("ann@z.test", "exact"), ("ann+*@z.test", "tagged"), ("order-*@z.test", "pattern"), ("@z.test", "domain") })
        {
            var added = await Program.AskAsync("POST", path, $$"""{"rule":"{{rule}}"}""", HttpStatusCode.Created);
            Assert.Equal((rule, kind), (added.GetProperty("rule").GetString(), added.GetProperty("kind").GetString()));
        }

        await Program.AskAsync("POST", path, """{"rule":"ANN@z.test"}""", HttpStatusCode.Conflict);
        await Program.AskAsync("POST", path, """{"rule":"nothing"}""", HttpStatusCode.BadRequest);
        Assert.Equal(5, (await Program.GetAsync(path)).GetProperty("addresses").GetArrayLength());
        await Program.AskAsync("DELETE", $"/api/mailboxes/1/addresses/order-*@z.test", expected: HttpStatusCode.NotFound);
        await Program.AskAsync("DELETE", path + "/order-*@z.test", expected: HttpStatusCode.NoContent);
        await Program.AskAsync("DELETE", path + "/order-*@z.test", expected: HttpStatusCode.NotFound);
        await Program.AskAsync("DELETE", path + "/ann+*@z.test", expected: HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Projects_group_mailboxes()
    {
        var id = (await Program.AskAsync("POST", "/api/projects", """{"name":"shop"}""", HttpStatusCode.Created)).GetProperty("id").GetInt32();
        await Program.AskAsync("POST", "/api/projects", """{"name":"shop"}""", HttpStatusCode.Conflict);
        await Program.AskAsync("POST", "/api/projects", """{"name":""}""", HttpStatusCode.BadRequest);
        Assert.Equal("store", (await Program.AskAsync("PATCH", $"/api/projects/{id}", """{"name":"store"}""")).GetProperty("name").GetString());
        var mailbox = (await Program.AskAsync("POST", "/api/mailboxes", $$"""{"project":{{id}}}""", HttpStatusCode.Created)).GetProperty("id").GetInt32();
        var list = (await Program.GetAsync($"/api/mailboxes?project={id}")).GetProperty("mailboxes");
        Assert.Equal(mailbox, Assert.Single(list.EnumerateArray().ToArray()).GetProperty("id").GetInt32());
        await Program.AskAsync("DELETE", $"/api/projects/{id}", expected: HttpStatusCode.Conflict);
        await Program.AskAsync("PATCH", $"/api/mailboxes/{mailbox}", """{"project":1}""");
        await Program.AskAsync("DELETE", $"/api/projects/{id}", expected: HttpStatusCode.NoContent);
        await Program.AskAsync("DELETE", $"/api/projects/{id}", expected: HttpStatusCode.NotFound);
        await Program.AskAsync("PATCH", $"/api/projects/{id}", """{"name":"gone"}""", HttpStatusCode.NotFound);
        Assert.Contains((await Program.GetAsync("/api/projects")).GetProperty("projects").EnumerateArray(), each => each.GetProperty("name").GetString() == "default");
    }

    [Fact]
    public async Task Sessions_that_were_refused_can_be_read()
    {
        using (var client = await RawClient.ConnectAsync(Program.Smtp, Cancel))
        {
            await client.CommandAsync("MAIL FROM:<a@x.test> SIZE=99999999999", "552");
            await client.CommandAsync("QUIT", "221");
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        JsonElement found;
        do
        {
            deadline.Token.ThrowIfCancellationRequested();
            found = (await Program.GetAsync("/api/sessions?limit=500")).GetProperty("sessions").EnumerateArray()
                .FirstOrDefault(each => each.GetProperty("transcript").GetString()!.Contains("SIZE=99999999999", StringComparison.Ordinal));
        }
        while (found.ValueKind != JsonValueKind.Object);
        Assert.True(found.GetProperty("refused").GetBoolean());
    }

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)));
}
