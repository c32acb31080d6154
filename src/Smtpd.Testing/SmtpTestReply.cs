namespace Smtpd;

/// <summary>A reply as a <see cref="SmtpTestClient"/> has read it.</summary>
/// <param name="Code">The three digits.</param>
/// <param name="Lines">The text of each line behind the code and the mark that follows it, status codes and all.</param>
public sealed record SmtpTestReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>The lines, parted by line feeds.</summary>
    public string Text => string.Join('\n', Lines);

    /// <summary>The reply as it stood on the wire, lines parted by line feeds.</summary>
    public override string ToString() => string.Join('\n', Lines.Select((line, i) => $"{Code}{(i < Lines.Count - 1 ? '-' : ' ')}{line}"));
}

/// <summary>The server did not say what the client's script expected. The message holds the whole dialogue.</summary>
public sealed class SmtpTestException : Exception
{
    internal SmtpTestException(string message, SmtpTestReply? reply = null)
        : base(message) => Reply = reply;

    /// <summary>What the server said instead; null when it said nothing.</summary>
    public SmtpTestReply? Reply { get; }
}
