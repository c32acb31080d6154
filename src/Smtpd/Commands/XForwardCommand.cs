using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>XFORWARD, Postfix's extension by which a trusted content filter says where the next message came from.</summary>
internal sealed record XForwardCommand : SmtpCommand
{
    internal static readonly string[] Attributes = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];

    private readonly ProxyAttributes attributes;
    private readonly string? address;
    private readonly int? port;

    private XForwardCommand(ProxyAttributes attributes, string? address, int? port) => (this.attributes, this.address, this.port) = (attributes, address, port);

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        if (ProxyAttributes.Parse(arguments, Attributes) is not { } attributes
            || !attributes.TryGetAddress("ADDR", out var address) || !attributes.TryGetPort("PORT", out var port)
            || !XClientCommand.IsProtocol(attributes.Text("PROTO")) || !IsSource(attributes.Text("SOURCE")))
        {
            return ProtocolReplies.XForwardSyntax;
        }

        return new XForwardCommand(attributes, address?.ToString(), port);
    }

    /// <summary>What is known now. A client may spread the attributes over several commands: what this one does not name stays as it was.</summary>
    public SmtpForwardedClient AddTo(SmtpForwardedClient? before) => new(
        Told("NAME", before?.Name),
        attributes.Has("ADDR") ? address : before?.Address,
        attributes.Has("PORT") ? port : before?.Port,
        Told("PROTO", before?.Protocol)?.ToUpperInvariant(),
        Told("HELO", before?.Hello),
        Told("IDENT", before?.Identifier),
        Told("SOURCE", before?.Source)?.ToUpperInvariant());

    private string? Told(string name, string? before) => attributes.Has(name) ? attributes.Text(name) : before;

    private static bool IsSource(string? source) =>
        source is null || source.Equals("LOCAL", StringComparison.OrdinalIgnoreCase) || source.Equals("REMOTE", StringComparison.OrdinalIgnoreCase);
}
