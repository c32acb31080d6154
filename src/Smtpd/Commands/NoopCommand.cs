namespace Smtpd.Commands;

/// <summary>NOOP (RFC 5321 §4.1.1.9). Its argument means nothing.</summary>
internal sealed record NoopCommand : SmtpCommand
{
    private static readonly NoopCommand Instance = new();

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax) => Instance;
}
