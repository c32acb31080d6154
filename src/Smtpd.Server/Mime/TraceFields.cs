using System.Net;
using System.Net.Sockets;
using System.Text;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Mime;

/// <summary>The lines that a message gets on its way out: <c>Return-Path</c> and <c>Received</c> (RFC 5321 4.4). What is stored stays as it came.</summary>
internal static class TraceFields
{
    private const int MaximumNameLength = 255; // RFC 5321 4.5.3.1.2

    public static byte[] For(Message message)
    {
        var envelope = message.Envelope;
        StringBuilder text = new();
        text.Append("Return-Path: <").Append(WithoutControls(envelope.Sender)).Append(">\r\n");
        text.Append("Received: from ").Append(Name(envelope.Helo));
        if (Literal(envelope.RemoteAddress) is string literal)
            text.Append(" (").Append(literal).Append(')');
        text.Append("\r\n\tby ").Append(Name(envelope.ReceivedBy)).Append(" with ").Append(Name(envelope.Protocol)).Append(" id ").Append(message.Id);
        // RFC 5321 7.6: more than one would tell each of the others, blind copies included.
        if (envelope.RecipientCount == 1 && message.Recipients is [string only])
            text.Append("\r\n\tfor <").Append(WithoutControls(only)).Append('>');
        // RFC 8314 4.3: the clause is the cipher suite's; the version goes into a comment.
        if (envelope.Tls?.Split(' ') is [var version, var cipher])
            text.Append("\r\n\ttls ").Append(Name(cipher)).Append(" (").Append(Name(version)).Append(')');
        text.Append(";\r\n\t").Append(HeaderDate.Format(message.ReceivedAt)).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A client may call itself anything; in a header field only what can be a domain or an address literal is repeated.
    private static string Name(string name) =>
        name.Length is > 0 and <= MaximumNameLength && name.All(each => char.IsAsciiLetterOrDigit(each) || "-._:[]".Contains(each, StringComparison.Ordinal) || char.IsLetter(each))
            ? name
            : "unknown";

    // RFC 5321 4.1.3
    private static string? Literal(string? address)
    {
        if (!IPAddress.TryParse(address, out var ip))
            return null;
        ip = ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;
        return ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(ip.GetAddressBytes())}]" : $"[{ip}]";
    }

    // The address grammar lets none through; a header field must not depend on that.
    private static string WithoutControls(string address) => string.Concat(address.Where(each => !char.IsControl(each)));
}
