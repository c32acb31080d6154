using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Messages go in and out as files.</summary>
public sealed class ExchangeRestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_goes_in_octet_for_octet_and_gets_an_envelope_from_its_header()
    {
        var id = await Program.AddMailboxAsync();
        var octets = Encoding.Latin1.GetBytes("From: A <a@x.test>\nTo: b@y.test, C <c@y.test>\nSubject: LF \xE9\n\nbare lines\n");
        var uid = await Program.ImportAsync(id, octets);
        Assert.Equal(octets, await Program.Http.GetByteArrayAsync($"/api/mailboxes/{id}/messages/{uid}/raw", Cancel));
        var envelope = (await Program.GetAsync($"/api/mailboxes/{id}/messages/{uid}")).GetProperty("envelope");
        Assert.Equal(("a@x.test", """["b@y.test","c@y.test"]"""), (envelope.GetProperty("from").GetString(), envelope.GetProperty("to").GetRawText()));
    }

    [Fact]
    public async Task What_went_out_as_mbox_comes_in_again()
    {
        var from = await Program.AddMailboxAsync();
        List<byte[]> sent = [];
        for (var i = 0; i < 40; i++)
        {
            sent.Add(TestMessages.Text($"round {i}", $"From here\r\n>From there\r\n{new string('x', i * 500)}\r\n"));
            await Program.ImportAsync(from, sent[^1]);
        }

        var file = await Program.Http.GetByteArrayAsync($"/api/mailboxes/{from}/export?format=mbox", Cancel);
        var to = await Program.AddMailboxAsync();
        var imported = await ImportMboxAsync(to, file, HttpStatusCode.Created);
        Assert.Equal((40, 0, false), (imported.GetProperty("imported").GetInt32(), imported.GetProperty("refused").GetInt32(), imported.GetProperty("incomplete").GetBoolean()));
        for (var uid = 1; uid <= 40; uid++)
            Assert.Equal(sent[uid - 1], await Program.Http.GetByteArrayAsync($"/api/mailboxes/{to}/messages/{uid}/raw", Cancel));

        var zip = await Program.Http.GetByteArrayAsync($"/api/mailboxes/{from}/export?format=zip", Cancel);
        using ZipArchive archive = new(new MemoryStream(zip));
        Assert.Equal(40, archive.Entries.Count);
        await using var entry = await archive.GetEntry("3-round-2.eml")!.OpenAsync(Cancel);
        using MemoryStream octets = new();
        await entry.CopyToAsync(octets, Cancel);
        Assert.Equal(sent[2], octets.ToArray());
    }

    [Fact]
    public async Task What_is_no_mail_is_refused()
    {
        var id = await Program.AddMailboxAsync();
        await Program.AskAsync("POST", $"/api/mailboxes/{id}/messages", "{}", HttpStatusCode.UnsupportedMediaType);
        await ImportMboxAsync(id, "no mbox"u8.ToArray(), HttpStatusCode.BadRequest);
        await ImportMboxAsync(id, [], HttpStatusCode.BadRequest);
        await ImportMboxAsync(99_999, "From a@x.test Mon Nov  2 09:00:00 2026\r\nSubject: x\r\n\r\nx\r\n"u8.ToArray(), HttpStatusCode.NotFound);
        await Program.AskAsync("PATCH", $"/api/mailboxes/{id}", """{"limits":{"messageBytes":200}}""");
        using ByteArrayContent large = new(TestMessages.Large("large", 1000)) { Headers = { ContentType = new("message/rfc822") } };
        using var refused = await Program.Http.PostAsync($"/api/mailboxes/{id}/messages", large, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        var mixed = "From a@x.test Mon Nov  2 09:00:00 2026\r\nSubject: small\r\n\r\nx\r\n\r\nFrom a@x.test Mon Nov  2 09:00:00 2026\r\nSubject: large\r\n\r\n" + new string('x', 500) + "\r\n\r\n"
            + "From a@x.test Mon Nov  2 09:00:00 2026\r\nSubject: small again\r\n\r\nx\r\n";
        var imported = await ImportMboxAsync(id, Encoding.ASCII.GetBytes(mixed), HttpStatusCode.Created);
        Assert.Equal((2, 1), (imported.GetProperty("imported").GetInt32(), imported.GetProperty("refused").GetInt32()));
        await Program.AskAsync("GET", $"/api/mailboxes/{id}/export?format=tar", expected: HttpStatusCode.BadRequest);
        await Program.AskAsync("GET", $"/api/mailboxes/{id}/export?q=is:nonsense", expected: HttpStatusCode.BadRequest);
        await Program.AskAsync("GET", "/api/mailboxes/99999/export", expected: HttpStatusCode.NotFound);
    }

    private async Task<JsonElement> ImportMboxAsync(int mailboxId, byte[] file, HttpStatusCode expected)
    {
        using ByteArrayContent content = new(file) { Headers = { ContentType = new("application/mbox") } };
        using var response = await Program.Http.PostAsync($"/api/mailboxes/{mailboxId}/messages", content, Cancel);
        Assert.True(expected == response.StatusCode, $"{response.StatusCode} {await response.Content.ReadAsStringAsync(Cancel)}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
