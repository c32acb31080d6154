using System.Buffers;
using System.Text;
using Smtpd.Protocol;

namespace Smtpd.Tests.Protocol;

/// <summary>What the machine does when it is called otherwise than the pump calls it.</summary>
public sealed class SmtpSessionTests
{
    private readonly ArrayBufferWriter<byte> output = new();

    [Fact]
    public void Behind_STARTTLS_nothing_in_clear_is_looked_at_however_often_it_is_offered()
    {
        var session = Session(SmtpExtensions.Default);
        Assert.Equal(SmtpStep.StartTls, Advance(session, "STARTTLS\r\nMAIL FROM:<a@x.test>\r\n"));
        var said = Replies;

        Assert.Equal(SmtpStep.StartTls, Advance(session, "MAIL FROM:<a@x.test>\r\n"));
        Assert.Equal(SmtpStep.StartTls, Advance(session, "QUIT\r\n"));
        Assert.Equal(said, Replies);
        session.TlsEstablished(new ServiceOffer(SmtpExtensions.Default & ~SmtpExtensions.StartTls, []));
        Assert.Equal(SmtpStep.NeedInput, Advance(session, "RCPT TO:<b@x.test>\r\n"));
        Assert.EndsWith("\r\n503 5.5.1 Bad sequence of commands: send EHLO or HELO first\r\n", Replies, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_nobody_asked_for_is_a_fault_of_the_caller()
    {
        var session = Session(SmtpExtensions.Default);

        Assert.Throws<InvalidOperationException>(() => session.Answer(SmtpReply.Ok, output));
    }

    [Fact]
    public void Nothing_goes_on_before_the_content_is_answered()
    {
        var session = Session(SmtpExtensions.Default);
        foreach (var command in new[] { "EHLO x\r\n", "MAIL FROM:<a@x.test>\r\n", "RCPT TO:<b@x.test>\r\n", "DATA\r\n" })
        {
            Assert.Equal(SmtpStep.Decide, Advance(session, command));
            session.Answer(SmtpReply.Continue, output);
        }

        Assert.Equal(SmtpStep.ContentEnd, Advance(session, ".\r\n"));
        Assert.Throws<InvalidOperationException>(() => Advance(session, "NOOP\r\n"));
        session.AnswerContent(SmtpReply.Continue, [], output);
        Assert.Equal(SmtpStep.NeedInput, Advance(session, "NOOP\r\n"));
    }

    [Fact]
    public void A_record_is_made_of_what_can_be_read_and_can_begin_anew()
    {
        var transcript = new SmtpTranscript(1000);
        var session = new SmtpSession(Settings, new ServiceOffer(SmtpExtensions.Default, [])) { Transcript = transcript };
        session.Greet(SmtpReply.Continue, output);
        Advance(session, "FROB \u00ff\r\n");
        Advance(session, "A\nB\r\n");
        Advance(session, "VRFY \u001b\r\n");

        Assert.Equal("S: 220 mx.test ESMTP\nC: FROB \u00ff\nS: 500 5.5.2 Command not recognized\nC: (a line that is no command)\n", Cut(transcript, 4));
        Assert.Contains("C: VRFY ?\n", transcript.ToString(), StringComparison.Ordinal);
        transcript.Clear();
        Assert.Equal("", transcript.ToString());
    }

    private static SessionSettings Settings => new("mx.test", "ESMTP", SmtpLeniency.None, new SmtpLimits(), BareLineBreaks.Preserve);

    private string Replies => Encoding.ASCII.GetString(output.WrittenSpan);

    private static string Cut(SmtpTranscript transcript, int lines) => string.Concat(transcript.ToString().Split('\n').Take(lines).Select(line => line + "\n"));

    private SmtpSession Session(SmtpExtensions extensions)
    {
        var session = new SmtpSession(Settings, new ServiceOffer(extensions, []));
        session.Greet(SmtpReply.Continue, output);
        return session;
    }

    private SmtpStep Advance(SmtpSession session, string octets)
    {
        ReadOnlyMemory<byte> input = Encoding.Latin1.GetBytes(octets);
        return session.Advance(ref input, output);
    }
}
