using System.Buffers;
using BenchmarkDotNet.Attributes;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Micro;

/// <summary>Replies into memory that is there.</summary>
public class ReplyBenchmarks
{
    private readonly ArrayBufferWriter<byte> output = new(4096);
    private readonly SmtpReply hello = new ServiceOffer(SmtpExtensions.Default, ["PLAIN", "LOGIN", "SCRAM-SHA-256"])
        .Hello(new("mx.example.test", "ESMTP", SmtpLeniency.None, new SmtpLimits(), BareLineBreaks.Reject));

    [Benchmark(Description = "reply, 250 to RCPT")]
    public int ToRecipient() => Write(ProtocolReplies.RecipientOk);

    [Benchmark(Description = "reply, EHLO")]
    public int Hello() => Write(hello);

    private int Write(SmtpReply reply)
    {
        output.ResetWrittenCount();
        reply.WriteTo(output, utf8: false);
        return output.WrittenCount;
    }
}
