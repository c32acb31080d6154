using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Receiving;
using Smtpd.Server.Settings;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Server.Tests.Receiving;

/// <summary>Plays the dialogues of <c>Transcripts/</c> with the receiving side of the program on a store of its own.</summary>
public sealed partial class TranscriptTests : IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Transcripts");

    private readonly TemporaryDirectory directory = new();
    private readonly SessionLog sessions = new(10, 10);
    private IMessageStore store = null!;
    private SmtpFront front = null!;
    private LineClient client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Played()
    {
        TheoryData<string, int> all = [];
        foreach (var path in Directory.EnumerateFiles(Folder, "*.smtp").Order(StringComparer.Ordinal))
        {
            foreach (var octets in new[] { int.MaxValue, 1, 3 })
                all.Add(Path.GetFileName(path), octets);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Played))]
    public async Task The_dialogue_is_as_written(string file, int octetsAtOnce)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folder, file), Cancel);
        await StartAsync(lines.Where(each => each.StartsWith('$')).Select(each => each[1..].Trim()));
        client = await LineClient.ConnectAsync(Address, octetsAtOnce);
        var asserted = 0;
        foreach (var line in lines.Select(Repeat).Where(each => each.Length > 0 && each[0] is not ('#' or '$')))
        {
            (var kind, var text) = (line[..2], line.Length > 3 ? line[3..] : "");
            asserted += kind is "C:" or "N:" ? 0 : 1;
            await PlayAsync(kind, text, octetsAtOnce);
        }

        Assert.True(asserted > 2, "a transcript must expect something");
    }

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (front is not null)
            await front.DisposeAsync();
        if (store is not null)
            await store.DisposeAsync();
        directory.Dispose();
    }

    private IPEndPoint Address => (IPEndPoint)front.Listeners[0].Bound;

    private async Task StartAsync(IEnumerable<string> given)
    {
        List<string> problems = [];
        var settings = SettingsReader.Read(SettingsSources.FromArguments(["Smtp:Endpoints=127.0.0.1:0", .. given], problems), problems);
        Assert.Empty(problems);
        store = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = directory["data"], MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);
        await new MailboxDeclaration(store).ApplyAsync(settings.Declared, Cancel);
        await new MailboxDeclaration(store).ApplyAsync(settings.Declared, Cancel); // as another start does
        front = await SmtpFront.StartAsync(settings, store, sessions, new(10, TimeProvider.System), NullLoggerFactory.Instance, TimeProvider.System);
    }

    private async Task PlayAsync(string kind, string text, int octetsAtOnce)
    {
        switch (kind)
        {
            case "C:":
                client.Say(text);
                break;
            case "S:":
                await client.ExpectAsync(text);
                break;
            case "N:":
                await client.EndAsync();
                client.Dispose();
                client = await LineClient.ConnectAsync(Address, octetsAtOnce);
                break;
            case "M:":
                await AssertMessagesAsync(text.Split(' '));
                break;
            case "L:":
                Assert.Contains(text.Split(' ', 2)[1], await KeptAsync(text.Split(' ')[0]), StringComparison.Ordinal);
                break;
            case "O:":
                Assert.DoesNotContain(text.Split(' ', 2)[1], await KeptAsync(text.Split(' ')[0]), StringComparison.Ordinal);
                break;
            case "R:":
                await client.EndAsync();
                await AssertRefusedAsync(text.Split(' ', 2));
                break;
            default:
                Assert.Fail($"There are no lines that begin with {kind}");
                break;
        }
    }

    private async Task AssertMessagesAsync(string[] words)
    {
        var mailboxId = await MailboxAsync(words[0]);
        var messages = await store.ListAsync(mailboxId, new(null, 100, Descending: true), Cancel);
        Assert.Equal(int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), messages.Count);
        if (messages.Count > 0)
            Assert.Equal(words[2..].Select(each => each.Trim('<', '>')), messages[0].Recipients);
    }

    private async Task<string?> KeptAsync(string mailbox)
    {
        var last = (await store.ListAsync(await MailboxAsync(mailbox), new(null, 1, Descending: true), Cancel))[0];
        return await store.ReadTranscriptAsync(last.MailboxId, last.Uid, Cancel);
    }

    // The connection ends here in its own time after the client's end.
    private async Task AssertRefusedAsync(string[] words)
    {
        int? mailboxId = words[0] is "*" ? null : await MailboxAsync(words[0]);
        await Poll.UntilAsync(() => sessions.List(mailboxId, 1).Count > 0, Cancel);
        var record = sessions.List(mailboxId, 1)[0];
        Assert.True(record.Refused);
        Assert.Contains(words[1], record.Transcript, StringComparison.Ordinal);
    }

    private async Task<int> MailboxAsync(string name) => (await store.FindMailboxAsync(name, Cancel))?.Id ?? throw new InvalidOperationException($"There is no mailbox {name}");

    private static string Repeat(string line) =>
        Repetition().Replace(line, match => string.Concat(Enumerable.Repeat(match.Groups["text"].Value, int.Parse(match.Groups["times"].Value, System.Globalization.CultureInfo.InvariantCulture))));

    [GeneratedRegex(@"\\\{(?<text>.+?)\*(?<times>[0-9]+)\}", RegexOptions.NonBacktracking)]
    private static partial Regex Repetition();
}
