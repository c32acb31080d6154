using System.Globalization;
using Smtpd.Commands;

namespace Smtpd.Protocol;

/// <summary>The lines of the EHLO reply (RFC 5321 §4.1.1.1), made from the parts that implement them, so that none can be advertised in vain.</summary>
internal static class Capabilities
{
    public static string[] For(SessionSettings settings)
    {
        var offered = settings.Syntax.Extensions & Implemented();
        var lines = new List<string> { settings.ServerName };
        foreach (var (extension, keyword) in Keywords(settings))
        {
            if (offered.HasFlag(extension))
                lines.Add(keyword);
        }

        return [.. lines];
    }

    private static IEnumerable<(SmtpExtensions Extension, string Keyword)> Keywords(SessionSettings settings)
    {
        yield return (SmtpExtensions.None, "PIPELINING");
        yield return (SmtpExtensions.Size, string.Create(CultureInfo.InvariantCulture, $"SIZE {settings.Limits.MessageOctets}"));
        yield return (SmtpExtensions.EightBitMime, "8BITMIME");
        yield return (SmtpExtensions.SmtpUtf8, "SMTPUTF8");
        yield return (SmtpExtensions.Chunking, "CHUNKING");
        // RFC 3030 §3: BINARYMIME without CHUNKING is no offer, and BODY= comes with 8BITMIME.
        yield return (SmtpExtensions.BinaryMime | SmtpExtensions.Chunking | SmtpExtensions.EightBitMime, "BINARYMIME");
        yield return (SmtpExtensions.DeliveryStatusNotification, "DSN");
        yield return (SmtpExtensions.None, "ENHANCEDSTATUSCODES");
        yield return (SmtpExtensions.None, "HELP");
    }

    private static SmtpExtensions Implemented()
    {
        var extensions = SmtpExtensions.None;
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
