using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>XFORWARD, Postfix's extension by which a trusted content filter says where the next message came from.</summary>
internal sealed record XForwardCommand(SmtpForwardedClient Client) : SmtpCommand
{
    internal static readonly string[] Attributes = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];

    // The longest value that Postfix itself sends or takes.
    private const int LongestValue = 255;

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        if (ProxyAttributes.Parse(arguments, Attributes) is not { } attributes
            || !attributes.TryGetAddress("ADDR", out var address) || !attributes.TryGetPort("PORT", out var port)
            || !XClientCommand.IsProtocol(attributes.Text("PROTO")) || !IsSource(attributes.Text("SOURCE"))
            || Array.Exists(Attributes, name => attributes.Text(name)?.Length > LongestValue))
        {
            return ProtocolReplies.XForwardSyntax;
        }

        return new XForwardCommand(new SmtpForwardedClient(
            attributes.Text("NAME"), address?.ToString(), port, attributes.Text("PROTO")?.ToUpperInvariant(),
            attributes.Text("HELO"), attributes.Text("IDENT"), attributes.Text("SOURCE")?.ToUpperInvariant()));
    }

    private static bool IsSource(string? source) =>
        source is null || source.Equals("LOCAL", StringComparison.OrdinalIgnoreCase) || source.Equals("REMOTE", StringComparison.OrdinalIgnoreCase);
}
