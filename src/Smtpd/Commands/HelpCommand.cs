namespace Smtpd.Commands;

/// <summary>HELP (RFC 5321 §4.1.1.8). One answer serves all topics.</summary>
internal sealed record HelpCommand : SmtpCommand
{
    private static readonly HelpCommand Instance = new();

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax) => Instance;
}
