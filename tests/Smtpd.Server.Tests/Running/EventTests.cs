using System.Net;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Live events of the running program.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess program = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Http:EventListeners=3");

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task A_message_is_told_as_REST_shows_it()
    {
        await using var stream = await EventStream.OpenAsync(program.Http);
        Assert.Equal("heartbeat", (await stream.NextAsync(heartbeats: true))!.Value.Name);
        await SendAsync("told");
        var told = await NextAsync(stream, "message.stored");
        Assert.Equal("told", told.Data.GetProperty("subject").GetString());
        var shown = await program.GetAsync($"/api/mailboxes/1/messages/{told.Data.GetProperty("uid").GetInt64()}");
        Assert.Equal(shown.EnumerateObject().Select(each => each.Name), told.Data.EnumerateObject().Select(each => each.Name));
        Assert.Equal(shown.GetProperty("receivedAt").GetDateTimeOffset(), told.Data.GetProperty("receivedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task After_an_interruption_nothing_is_missing()
    {
        string? seen;
        await using (var stream = await EventStream.OpenAsync(program.Http))
            seen = (await stream.NextAsync(heartbeats: true))!.Value.Id;
        await SendAsync("one");
        await using (var stream = await EventStream.OpenAsync(program.Http, lastEventId: seen))
        {
            var one = await NextAsync(stream, "message.stored");
            (var subject, seen) = (one.Data.GetProperty("subject").GetString(), one.Id);
            Assert.Equal("one", subject);
        }

        await SendAsync("two");
        await SendAsync("three");
        await using var again = await EventStream.OpenAsync(program.Http, "?lastEventId=" + seen);
        Assert.Equal("two", (await NextAsync(again, "message.stored")).Data.GetProperty("subject").GetString());
        Assert.Equal("three", (await NextAsync(again, "message.stored")).Data.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task An_unknown_position_is_a_reset()
    {
        await using var stream = await EventStream.OpenAsync(program.Http, lastEventId: "0badcafe-17");
        var first = (await stream.NextAsync(heartbeats: true))!.Value;
        Assert.Equal(("reset", JsonValueKind.Null), (first.Name, first.Data.GetProperty("mailboxId").ValueKind));
        await SendAsync("later");
        Assert.Equal("later", (await NextAsync(stream, "message.stored")).Data.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task Listeners_are_counted_and_those_of_another_mailbox_hear_nothing()
    {
        using var created = await program.Http.PostAsync("/api/mailboxes", null, Cancel);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        await using var other = await EventStream.OpenAsync(program.Http, "?mailbox=2");
        await using var one = await EventStream.OpenAsync(program.Http, "?mailbox=1");
        await using (var third = await EventStream.OpenAsync(program.Http))
        {
            using var fourth = await program.Http.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, fourth.StatusCode);
        }

        await SendAsync("for one");
        Assert.Equal("for one", (await NextAsync(one, "message.stored")).Data.GetProperty("subject").GetString());
        using var removed = await program.Http.DeleteAsync("/api/mailboxes/2", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal("mailbox.changed", (await other.NextAsync())!.Value.Name);
        using var none = await program.Http.GetAsync("/api/events?mailbox=2", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task The_users_of_one_mailbox_have_a_part_of_the_listeners_and_the_others_still_listen()
    {
        var credential = (await program.AskAsync("POST", "/api/mailboxes", "{}", HttpStatusCode.Created)).GetProperty("credentials")[0];
        using HttpClient user = new() { BaseAddress = program.Http.BaseAddress };
        var words = $"{credential.GetProperty("user").GetString()}:{credential.GetProperty("password").GetString()}";
        user.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(words)));
        await using var own = await EventStream.OpenAsync(user);
        using var refused = await user.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        await using var one = await EventStream.OpenAsync(program.Http);
        await using var two = await EventStream.OpenAsync(program.Http);
    }

    [Fact]
    public async Task Stopping_ends_the_stream_and_is_not_held_up_by_it()
    {
        await using var stream = await EventStream.OpenAsync(program.Http);
        await stream.NextAsync(heartbeats: true);
        var exit = program.TerminateAsync();
        Assert.Null(await stream.NextAsync());
        Assert.Equal(0, await exit);
    }

    // Other events, of the reading that follows, may come in between.
    private static async Task<(string? Id, JsonElement Data)> NextAsync(EventStream stream, string name)
    {
        while (await stream.NextAsync() is (string each, var id, var data))
        {
            if (each == name)
                return (id, data);
        }

        throw new IOException("The stream has ended.");
    }

    private async Task SendAsync(string subject)
    {
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text(subject)), StringComparison.Ordinal);
    }
}
