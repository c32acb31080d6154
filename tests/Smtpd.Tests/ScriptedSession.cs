using System.Buffers;
using System.Text;
using Smtpd.Protocol;

namespace Smtpd.Tests;

/// <summary>The protocol machine without transport: accepts everything, counts content.</summary>
internal sealed class ScriptedSession
{
    private readonly SmtpSession session;
    private readonly ArrayBufferWriter<byte> output = new();

    public ScriptedSession(BareLineBreaks bareLineBreaks, SmtpLimits? limits = null)
    {
        var settings = new SessionSettings("mx.test", "ESMTP", SmtpLeniency.None, limits ?? new SmtpLimits(), bareLineBreaks);
        session = new SmtpSession(settings, new ServiceOffer(SmtpExtensions.Default & ~SmtpExtensions.StartTls, []));
        session.Greet(SmtpReply.Continue, output);
    }

    public long ContentOctets { get; private set; }

    public string Replies => Encoding.ASCII.GetString(output.WrittenSpan);

    /// <summary>Feeds octets and does what the machine asks for, until it wants more or closes.</summary>
    public void Feed(ReadOnlyMemory<byte> input)
    {
        while (true)
        {
            switch (session.Advance(ref input, output))
            {
                case SmtpStep.NeedInput or SmtpStep.Close:
                    return;
                case SmtpStep.Content:
                    ContentOctets += session.Content.Length;
                    break;
                case SmtpStep.Decide:
                    session.Answer(SmtpReply.Continue, output);
                    break;
                case SmtpStep.ContentEnd:
                    session.AnswerContent(SmtpReply.Continue, [], output);
                    break;
            }
        }
    }
}
