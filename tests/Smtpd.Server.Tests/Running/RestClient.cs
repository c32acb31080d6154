using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Short ways to ask the running program.</summary>
internal static class RestClient
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Sends a request, with JSON when there is some, and expects a status.</summary>
    /// <returns>The JSON of the answer, if it is any.</returns>
    public static async Task<JsonElement> AskAsync(this SmtpdProcess program, string method, string path, string? json = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await program.Http.SendAsync(request, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == response.StatusCode, $"{method} {path}: {response.StatusCode} {body}");
        return response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonSerializer.Deserialize<JsonElement>(body) : default;
    }

    /// <summary>Puts a message into a mailbox by REST.</summary>
    /// <returns>Its UID.</returns>
    public static async Task<long> ImportAsync(this SmtpdProcess program, int mailboxId, byte[] message)
    {
        using ByteArrayContent content = new(message) { Headers = { ContentType = new("message/rfc822") } };
        using var response = await program.Http.PostAsync($"/api/mailboxes/{mailboxId}/messages", content, Cancel);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("uids")[0].GetInt64();
    }

    public static Task<long> ImportAsync(this SmtpdProcess program, int mailboxId, string message) =>
        program.ImportAsync(mailboxId, Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));

    /// <summary>A mailbox of its own for a test.</summary>
    public static async Task<int> AddMailboxAsync(this SmtpdProcess program) => (await program.AskAsync("POST", "/api/mailboxes", "{}", HttpStatusCode.Created)).GetProperty("id").GetInt32();

    public static string[] Texts(this JsonElement list) => [.. list.EnumerateArray().Select(each => each.GetString()!)];

    public static long[] Uids(this JsonElement messages) => [.. messages.GetProperty("messages").EnumerateArray().Select(each => each.GetProperty("uid").GetInt64())];
}
