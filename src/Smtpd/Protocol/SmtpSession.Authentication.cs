using System.Buffers;
using Smtpd.Commands;
using Smtpd.Replies;
using Smtpd.Text;

namespace Smtpd.Protocol;

/// <content>AUTH (RFC 4954) and XCLIENT: who the client is.</content>
internal sealed partial class SmtpSession
{
    private SmtpStep? AdvanceSasl(ref ReadOnlyMemory<byte> input, IBufferWriter<byte> output)
    {
        if (!lines.TryRead(ref input, out var line, out var fault))
            return SmtpStep.NeedInput;
        LinesTaken++;
        Transcript?.Client(line.SequenceEqual("*"u8) ? "*" : "(not shown)");
        // The exchange goes on only by another challenge.
        EndExchange();
        if (fault != LineFault.None)
            return Refuse(fault == LineFault.BareLineBreak ? ProtocolReplies.BadBase64 : ProtocolReplies.AuthLineTooLong, output);
        if (line.SequenceEqual("*"u8))
            return Refuse(ProtocolReplies.AuthCancelled, output);
        var isBase64 = StrictBase64.TryDecode(line, out var response);
        lines.Wipe();
        if (!isBase64)
            return Refuse(ProtocolReplies.BadBase64, output);
        Command = new SaslResponseCommand(response);
        return SmtpStep.Decide;
    }

    private void AnswerAuthentication(SmtpReply reply, IBufferWriter<byte> output)
    {
        lines.Wipe();
        if (reply.Code == 334)
        {
            Write(reply, output);
            mode = Mode.Sasl;
            lines.IsSaslResponse = true;
        }
        else if (reply.Code == 235)
        {
            IsAuthenticated = true;
            Write(reply, output);
        }
        else if (reply.Code >= 500 && ++failedAuthentications >= settings.Limits.AuthenticationAttempts)
        {
            Write(ProtocolReplies.TooManyAttempts(settings.ServerName), output);
        }
        else
        {
            // A 2xx that is no 235 would be taken for a success by some clients and for none by others.
            WriteAnswer(reply.IsPositive ? ProtocolReplies.AuthUnavailable : reply, default, output);
        }
    }

    private void EndExchange()
    {
        mode = Mode.Commands;
        lines.IsSaslResponse = false;
    }

    /// <summary>After XCLIENT the session begins anew, with a greeting of its own, for the client that the proxy speaks for.</summary>
    private void AnswerXClient(XClientCommand client, SmtpReply reply, IBufferWriter<byte> output)
    {
        Restart();
        IsAuthenticated = client.Login is not null;
        Greet(reply, output);
    }
}
