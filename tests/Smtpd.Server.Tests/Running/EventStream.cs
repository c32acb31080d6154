using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>A client of <c>/api/events</c>.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly IAsyncEnumerator<SseItem<string>> events;

    private EventStream(HttpResponseMessage response, Stream body)
    {
        this.response = response;
        events = SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public static async Task<EventStream> OpenAsync(HttpClient http, string query = "", string? lastEventId = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/events" + query);
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event; <c>null</c> at the end of the stream.</summary>
    public async Task<(string Name, string? Id, JsonElement Data)?> NextAsync(bool heartbeats = false)
    {
        while (await events.MoveNextAsync())
        {
            if (heartbeats || events.Current.EventType is not "heartbeat")
                return (events.Current.EventType, events.Current.EventId, JsonSerializer.Deserialize<JsonElement>(events.Current.Data));
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        response.Dispose();
        await events.DisposeAsync();
    }
}
