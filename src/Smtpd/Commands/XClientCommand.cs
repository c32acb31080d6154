using System.Net;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>XCLIENT, Postfix's extension by which a trusted proxy says who its client is. A null value is one that was not told or is not known.</summary>
internal sealed record XClientCommand : SmtpCommand
{
    internal static readonly string[] Attributes = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"];

    /// <summary>Whether NAME was given, if only to say that it is not known.</summary>
    public bool HasName { get; private init; }

    public string? Name { get; private init; }

    public IPAddress? Address { get; private init; }

    /// <summary>Whether PORT was given, if only to say that it is not known.</summary>
    public bool HasPort { get; private init; }

    public int? Port { get; private init; }

    /// <summary>Whether ADDR was given, if only to say that it is not known.</summary>
    public bool HasAddress { get; private init; }

    public string? Hello { get; private init; }

    /// <summary>Whether LOGIN was given, if only to say that there is none.</summary>
    public bool HasLogin { get; private init; }

    public string? Login { get; private init; }

    public IPAddress? DestinationAddress { get; private init; }

    public int? DestinationPort { get; private init; }

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        if (ProxyAttributes.Parse(arguments, Attributes) is not { } attributes
            || !attributes.TryGetAddress("ADDR", out var address) || !attributes.TryGetPort("PORT", out var port)
            || !attributes.TryGetAddress("DESTADDR", out var destination) || !attributes.TryGetPort("DESTPORT", out var destinationPort)
            || !IsProtocol(attributes.Text("PROTO")))
        {
            return ProtocolReplies.XClientSyntax;
        }

        return new XClientCommand
        {
            HasName = attributes.Has("NAME"),
            Name = attributes.Text("NAME"),
            Address = address,
            HasPort = attributes.Has("PORT"),
            Port = port,
            HasAddress = attributes.Has("ADDR"),
            Hello = attributes.Text("HELO"),
            HasLogin = attributes.Has("LOGIN"),
            Login = attributes.Text("LOGIN"),
            DestinationAddress = destination,
            DestinationPort = destinationPort,
        };
    }

    internal static bool IsProtocol(string? protocol) =>
        protocol is null || protocol.Equals("SMTP", StringComparison.OrdinalIgnoreCase) || protocol.Equals("ESMTP", StringComparison.OrdinalIgnoreCase);
}
