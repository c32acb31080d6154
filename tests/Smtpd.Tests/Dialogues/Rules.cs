using System.Globalization;
using System.Text;

namespace Smtpd.Tests.Dialogues;

internal enum RuleAction
{
    Reply,
    Throw,
    ThrowAfter,
    ThrowReply,
    Skip,
}

internal sealed record Rule(string Hook, string Argument, RuleAction Action, SmtpReply Reply);

/// <summary>The rules of a transcript: what its handler answers at which hook.</summary>
internal sealed class Rules
{
    /// <summary>The text of every exception a rule throws: it must never reach a client.</summary>
    public const string Secret = "text-of-an-exception";

    private readonly List<Rule> rules = [];

    public void Add(string line)
    {
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        var (head, action) = (line[..colon].Split(' ', 2), line[(colon + 2)..]);
        var (word, rest) = action.IndexOf(' ', StringComparison.Ordinal) is var blank and >= 0 ? (action[..blank], action[(blank + 1)..]) : (action, string.Empty);
        var argument = head.Length > 1 ? head[1].Trim('<', '>') : string.Empty;
        rules.Add(word switch
        {
            "reply" => new Rule(head[0], argument, RuleAction.Reply, ParseReply(rest)),
            "close" => new Rule(head[0], argument, RuleAction.Reply, ParseReply(rest).AndClose()),
            "skip" => new Rule(head[0], argument, RuleAction.Skip, ParseReply(rest)),
            "throw" => new Rule(head[0], argument, rest == "after" ? RuleAction.ThrowAfter : RuleAction.Throw, default),
            "throw-reply" => new Rule(head[0], argument, RuleAction.ThrowReply, ParseReply(rest)),
            _ => throw new FormatException($"\"{word}\" is no action of a rule; see Transcripts/README.md."),
        });
    }

    public bool Has(string hook) => rules.Exists(rule => rule.Hook == hook);

    public Rule? Find(string hook, string argument = "") =>
        rules.Find(rule => rule.Hook == hook && (rule.Argument.Length == 0 || rule.Argument.Equals(argument, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Does what the rule for the hook says; <see cref="SmtpReply.Continue"/> without one.</summary>
    public SmtpReply Apply(string hook, string argument = "") => Find(hook, argument) is { } rule ? Apply(rule) : SmtpReply.Continue;

    public static SmtpReply Apply(Rule rule) => rule.Action switch
    {
        RuleAction.Throw or RuleAction.ThrowAfter => throw new InvalidOperationException(Secret),
        RuleAction.ThrowReply => throw new SmtpReplyException(rule.Reply),
        _ => rule.Reply,
    };

    private static SmtpReply ParseReply(string text)
    {
        var parts = text.Split(' ', 3);
        var status = parts[1] == "-" ? EnhancedStatus.None : EnhancedStatus.TryParse(parts[1], out var given) ? given : throw new FormatException($"\"{parts[1]}\" is no status.");
        var lines = Encoding.UTF8.GetString(Escapes.Decode(parts[2])).Split('|');
        return new SmtpReply(int.Parse(parts[0], CultureInfo.InvariantCulture), status, lines);
    }
}
