using System.Globalization;
using System.Text;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>A message to send. With text and HTML it is multipart/alternative, with attachments multipart/mixed around it.</summary>
internal sealed record Letter(string Subject)
{
    public string From { get; init; } = "Ann Example <ann@x.test>";

    /// <summary>Mail for nobody in particular goes to mailbox 1.</summary>
    public string To { get; init; } = "bob@y.test";

    public string? Text { get; init; } = "Hello";

    public string? Html { get; init; }

    public IReadOnlyList<Enclosure> Attachments { get; init; } = [];

    /// <summary>More lines of the header, without their ends.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    public byte[] ToBytes()
    {
        StringBuilder message = new();
        message.Append(CultureInfo.InvariantCulture, $"From: {From}\nTo: {To}\nSubject: {Subject}\nDate: Tue, 03 Feb 2026 10:00:00 +0000\nMIME-Version: 1.0\n");
        foreach (var field in Fields)
            message.Append(field).Append('\n');
        List<string> bodies = [];
        if (Text is not null || Html is null)
            bodies.Add($"Content-Type: text/plain; charset=utf-8\n\n{Text}\n");
        if (Html is not null)
            bodies.Add($"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{Base64(Encoding.UTF8.GetBytes(Html))}\n");
        var body = bodies.Count == 1 ? bodies[0] : Multipart("alternative", bodies);
        message.Append(Attachments.Count == 0 ? body : Multipart("mixed", [body, .. Attachments.Select(Part)]));
        return Encoding.UTF8.GetBytes(message.ToString().ReplaceLineEndings("\r\n"));
    }

    private static string Part(Enclosure each)
    {
        var id = each.ContentId is null ? "" : $"Content-ID: <{each.ContentId}>\n";
        var disposition = each.ContentId is null ? "attachment" : "inline";
        return $"Content-Type: {each.ContentType}\nContent-Disposition: {disposition}; filename=\"{each.FileName}\"\n{id}Content-Transfer-Encoding: base64\n\n{Base64(each.Content)}\n";
    }

    private static string Multipart(string kind, IEnumerable<string> parts) =>
        $"Content-Type: multipart/{kind}; boundary=\"={kind}=\"\n\n" + string.Concat(parts.Select(each => $"--={kind}=\n{each}")) + $"--={kind}=--\n";

    private static string Base64(byte[] content) => Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks);
}

/// <summary>A file in a letter; with a content id it belongs to the HTML.</summary>
internal sealed record Enclosure(string FileName, string ContentType, byte[] Content, string? ContentId = null);
