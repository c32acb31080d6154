using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>Gives out the octets of somebody else's file so that a browser does nothing with them but show a picture or save a file.</summary>
internal static class PartDelivery
{
    private const string Unknown = "application/octet-stream";

    // Shown in place when asked for: no scripts in them that a browser would run.
    private static readonly FrozenSet<string> Pictures = FrozenSet.Create(StringComparer.Ordinal,
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon");

    // Given out under their own name. Everything else, and above all HTML, SVG, XML and scripts, is octets to be saved.
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(StringComparer.Ordinal,
        "application/pdf", "application/zip", "application/gzip", "application/x-tar", "application/x-7z-compressed", "application/rtf", "application/json",
        "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook", "application/ms-tnef",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet", "application/pgp-signature", "application/pkcs7-signature", "application/pkcs7-mime",
        "message/rfc822", "message/delivery-status", "text/plain", "text/csv", "text/calendar", "text/vcard", "image/tiff", "image/heic");

    public static bool IsPicture(string contentType) => Pictures.Contains(contentType);

    /// <param name="raw">The message's octets; closed with the answer.</param>
    /// <param name="inline">Show it, where it is of a kind that may be shown.</param>
    public static IResult Answer(HttpContext context, Stream raw, PartBody body, PartFacts facts, bool inline)
    {
        var isPdf = facts.ContentType is "application/pdf";
        inline = inline && (isPdf || facts.ContentType is "text/plain" || IsPicture(facts.ContentType));
        var headers = context.Response.Headers;
        // The viewer of PDF files does not open in a sandbox; it is one itself.
        headers.ContentSecurityPolicy = inline && isPdf ? "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'" : "sandbox; default-src 'none'";
        ContentDispositionHeaderValue disposition = new(inline ? "inline" : "attachment");
        disposition.SetHttpFileName(facts.FileName);
        headers.ContentDisposition = disposition.ToString();
        EntityTagHeaderValue? tag = facts.Sha256.Length > 0 ? new($"\"{facts.Sha256}\"") : null;
        return TypedResults.Stream(new PartContent(raw, body, facts.Size), TypeOf(facts.ContentType), entityTag: tag, enableRangeProcessing: true);
    }

    private static string TypeOf(string contentType)
    {
        if (IsPicture(contentType) || Harmless.Contains(contentType) || contentType.StartsWith("audio/", StringComparison.Ordinal) || contentType.StartsWith("video/", StringComparison.Ordinal))
            return MediaTypeHeaderValue.TryParse(contentType, out _) ? contentType : Unknown;
        return Unknown;
    }
}

/// <param name="ContentType">In lower case, without parameters.</param>
/// <param name="Sha256">In hexadecimal; empty when it is not known.</param>
internal sealed record PartFacts(string FileName, string ContentType, long Size, string Sha256);
