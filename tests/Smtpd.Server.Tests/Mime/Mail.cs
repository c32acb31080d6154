using System.Text;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

/// <summary>Messages written as text: line ends become CRLF, characters UTF-8.</summary>
internal static class Mail
{
    public static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal));

    public static MimeMessage Read(string text) => Read(Octets(text));

    public static MimeMessage Read(ReadOnlySpan<byte> octets, MimeLimits? limits = null) => MimeReader.Read(octets, limits, TestContext.Current.CancellationToken);

    public static IEnumerable<MimePart> Parts(MimePart root)
    {
        yield return root;
        foreach (var part in root.Children.SelectMany(Parts))
            yield return part;
    }

    public static byte[] Open(byte[] message, PartBody body)
    {
        using var stream = MimeReader.OpenPart(new MemoryStream(message), body);
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    public static string[] Codes(MimeMessage message) => [.. message.Warnings.Select(each => each.Code)];
}
