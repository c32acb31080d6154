using System.Globalization;
using System.IO.Compression;
using System.Text;
using Smtpd.Server.Search;

namespace Smtpd.Server.Exchange;

/// <summary>
/// A zip of messages, written as it grows to a stream that cannot seek; nothing is kept but the directory (some hundred octets a message, which is why there is a
/// <see cref="MaximumEntries"/>). Entries are <c>uid-subject.eml</c>, in a folder for each mailbox when there are several; only letters, digits and hyphens of a subject get there.
/// </summary>
internal sealed class ZipExport : IAsyncDisposable
{
    public const int MaximumEntries = 100_000;

    private const int MaximumSlugLength = 60;
    private static readonly DateTimeOffset s_earliest = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // of the zip format
    private static readonly DateTimeOffset s_latest = new(2107, 12, 31, 23, 59, 58, TimeSpan.Zero);

    private readonly ZipArchive _archive;
    private readonly AsynchronousWrites _output;
    private int _count;

    private ZipExport(ZipArchive archive, AsynchronousWrites output) => (_archive, _output) = (archive, output);

    /// <summary>Disposing it writes the directory; <paramref name="destination"/> stays open, and is written to asynchronously only.</summary>
    public static async Task<ZipExport> CreateAsync(Stream destination, CancellationToken cancellationToken)
    {
        AsynchronousWrites output = new(destination);
        return new(await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellationToken), output);
    }

    /// <summary>False when the archive is full. <paramref name="mailboxId"/> null: no folder.</summary>
    public async Task<bool> AddAsync(int? mailboxId, long uid, string? subject, DateTimeOffset receivedAt, Stream content, CancellationToken cancellationToken)
    {
        if (_count == MaximumEntries)
            return false;
        _count++;
        var entry = _archive.CreateEntry(NameOf(mailboxId, uid, subject), CompressionLevel.Fastest);
        var time = receivedAt.ToUniversalTime();
        entry.LastWriteTime = time < s_earliest ? s_earliest : time > s_latest ? s_latest : time;
        await using var stream = await entry.OpenAsync(cancellationToken);
        await content.CopyToAsync(stream, cancellationToken);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _archive.DisposeAsync();
        await _output.FlushAsync();
    }

    /// <summary>A relative path that no program takes for another: no dot, no slash, no control character of the subject.</summary>
    public static string NameOf(int? mailboxId, long uid, string? subject)
    {
        var slug = SearchTokens.Normalise(subject?.Length > 1000 ? subject[..1000] : subject, 12).Replace(' ', '-');
        if (slug.Length > MaximumSlugLength)
            slug = slug[..(char.IsHighSurrogate(slug[MaximumSlugLength - 1]) ? MaximumSlugLength - 1 : MaximumSlugLength)].TrimEnd('-');
        var name = string.Create(CultureInfo.InvariantCulture, $"{uid}{(slug.Length > 0 ? "-" : "")}{slug}.eml");
        return mailboxId is int id ? string.Create(CultureInfo.InvariantCulture, $"{id}/{name}") : name;
    }
}
