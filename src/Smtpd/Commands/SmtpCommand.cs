using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>A command that was read and is well formed. One record a verb, in a file of its name.</summary>
internal abstract record SmtpCommand;

/// <summary>What a command may look like on this server.</summary>
internal sealed record CommandSyntax(SmtpExtensions Extensions, SmtpLeniency Leniency)
{
    public bool Offers(SmtpExtensions extension) => (Extensions & extension) == extension;
}

/// <summary>A command, or the reply that refuses it.</summary>
internal readonly record struct ParseResult(SmtpCommand? Command, SmtpReply Refusal)
{
    public static implicit operator ParseResult(SmtpCommand command) => new(command, default);

    public static implicit operator ParseResult(SmtpReply refusal) => new(null, refusal);
}

/// <summary>Reads what stands behind the verb, white space at both ends removed.</summary>
internal delegate ParseResult CommandParser(ReadOnlySpan<byte> arguments, CommandSyntax syntax);

/// <summary>The verbs that take nothing behind them.</summary>
internal static class NoArguments
{
    public static ParseResult Parse<TCommand>(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
        where TCommand : SmtpCommand, new() =>
        arguments.IsEmpty ? Single<TCommand>.Instance : ProtocolReplies.NoArgumentsAllowed;

    private static class Single<TCommand>
        where TCommand : SmtpCommand, new()
    {
        public static readonly TCommand Instance = new();
    }
}
