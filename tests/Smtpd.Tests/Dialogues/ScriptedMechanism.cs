using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>
/// A mechanism whose course the client writes into its responses: <c>challenge TEXT</c> asks for one more response, <c>user NAME MAILBOX</c>
/// succeeds, <c>acting NAME OTHER</c> asks to act as somebody else, <c>fail</c>, <c>malformed</c>, <c>unavailable</c> and <c>throw</c> do what they say.
/// </summary>
internal sealed class ScriptedMechanism(string name) : SaslMechanism
{
    public override string Name => name;

    public override SaslExchange Start(SmtpConnection connection) => new Exchange();

    private sealed class Exchange : SaslExchange
    {
        public override async ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            if (response is null)
                return SaslResult.Continue(ReadOnlyMemory<byte>.Empty);
            var words = Encoding.UTF8.GetString(response.Value.Span).Split(' ');
            await Task.Yield();
            return words switch
            {
                ["challenge", .. var text] => SaslResult.Continue(Encoding.UTF8.GetBytes(string.Join(' ', text))),
                ["user", var user] => SaslResult.Success(new SmtpIdentity(user)),
                ["user", var user, var mailbox] => SaslResult.Success(new SmtpIdentity(user) { MailboxId = int.Parse(mailbox, System.Globalization.CultureInfo.InvariantCulture) }),
                ["acting", var user, var other] => SaslResult.Success(new SmtpIdentity(user) { AuthorizationId = other }),
                ["malformed"] => SaslResult.Malformed,
                ["unavailable"] => SaslResult.Refuse(new SmtpReply(454, new(4, 7, 0), "Nobody to ask")),
                ["throw"] => throw new InvalidOperationException(Rules.Secret),
                _ => SaslResult.Failure,
            };
        }
    }
}
