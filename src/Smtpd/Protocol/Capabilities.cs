using System.Globalization;
using Smtpd.Commands;

namespace Smtpd.Protocol;

/// <summary>The lines of the EHLO reply (RFC 5321 §4.1.1.1), made from the parts that implement them, so that none can be advertised in vain.</summary>
internal static class Capabilities
{
    public static string[] For(SessionSettings settings, ServiceOffer offer)
    {
        var offered = offer.Extensions & Implemented();
        var lines = new List<string> { settings.ServerName };
        foreach (var (extension, keyword) in Keywords(settings, offer))
        {
            if (offered.HasFlag(extension))
                lines.Add(keyword);
        }

        return [.. lines];
    }

    private static IEnumerable<(SmtpExtensions Extension, string Keyword)> Keywords(SessionSettings settings, ServiceOffer offer)
    {
        var limits = settings.Limits;
        yield return (SmtpExtensions.None, "PIPELINING");
        yield return (SmtpExtensions.Size, Invariant($"SIZE {limits.MessageOctets}"));
        yield return (SmtpExtensions.StartTls, "STARTTLS");
        yield return (SmtpExtensions.Authentication, "AUTH " + string.Join(' ', offer.Mechanisms));
        yield return (SmtpExtensions.EightBitMime, "8BITMIME");
        yield return (SmtpExtensions.SmtpUtf8, "SMTPUTF8");
        yield return (SmtpExtensions.Chunking, "CHUNKING");
        // RFC 3030 §3: BINARYMIME without CHUNKING is no offer, and BODY= comes with 8BITMIME.
        yield return (SmtpExtensions.BinaryMime | SmtpExtensions.Chunking | SmtpExtensions.EightBitMime, "BINARYMIME");
        yield return (SmtpExtensions.DeliveryStatusNotification, "DSN");
        yield return (SmtpExtensions.None, "ENHANCEDSTATUSCODES");
        yield return (SmtpExtensions.PerRecipientReplies, "PRDR");
        yield return (SmtpExtensions.RequireTls, "REQUIRETLS");
        yield return (SmtpExtensions.DeliverBy, "DELIVERBY");
        yield return (SmtpExtensions.Priority, "MT-PRIORITY");
        // RFC 4865 §3: the longest interval in seconds, and the same as a time.
        yield return (SmtpExtensions.FutureRelease,
            Invariant($"FUTURERELEASE {(long)limits.FutureRelease.TotalSeconds} {InternetTime.Format(offer.LongestHold.GetValueOrDefault())}"));
        yield return (SmtpExtensions.RecipientValidSince, "RRVS");
        yield return (SmtpExtensions.NoSoliciting, "NO-SOLICITING");
        // RFC 9422 §4: numbers of six digits at most, and one limit at least; what is larger needs no telling.
        if (Limit("MAILMAX", limits.MessagesPerConnection) + Limit("RCPTMAX", limits.Recipients) is { Length: > 0 } told)
            yield return (SmtpExtensions.Limits, "LIMITS" + told);
        yield return (SmtpExtensions.XClient, "XCLIENT " + string.Join(' ', XClientCommand.Attributes));
        yield return (SmtpExtensions.XForward, "XFORWARD " + string.Join(' ', XForwardCommand.Attributes));
        yield return (SmtpExtensions.None, "HELP");
    }

    private static string Limit(string name, int value) => value <= 999_999 ? Invariant($" {name}={value}") : string.Empty;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static SmtpExtensions Implemented()
    {
        // What is a line of this list and nothing else.
        var extensions = SmtpExtensions.Limits;
        foreach (var verb in VerbTable.Verbs)
            extensions |= verb.Extension;
        foreach (var parameter in MailCommand.Parameters)
            extensions |= parameter.Extension;
        foreach (var value in MailCommand.BodyTypes)
            extensions |= value.Extension;
        foreach (var parameter in RcptCommand.Parameters)
            extensions |= parameter.Extension;
        return extensions;
    }
}
