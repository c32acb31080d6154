using Smtpd.Testing;

namespace Smtpd;

/// <summary>A moment of the dialogue at which something can go wrong.</summary>
public enum SmtpTestStage
{
    /// <summary>The greeting.</summary>
    Connect,

    /// <summary>EHLO, HELO or LHLO.</summary>
    Hello,

    /// <summary>AUTH, when the credentials have been found right.</summary>
    Authentication,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Recipient,

    /// <summary>DATA or the first BDAT, before any content.</summary>
    Data,

    /// <summary>The message, when its content has come: up to 64 KiB of it, the rest of a larger one is still on its way.</summary>
    Message,
}

/// <summary>What shall go wrong at a <see cref="SmtpTestServer"/>, so that code under test can show how it copes.</summary>
/// <remarks>Faults wait in the order they were asked for, each for as many times as it was asked for; <see cref="Clear"/> takes back what is left. Safe to use from any thread.</remarks>
public sealed class SmtpTestFaults
{
    private readonly Lock gate = new();
    private readonly List<Fault> waiting = [];
    private readonly Queue<long> cuts = new();

    internal SmtpTestFaults()
    {
    }

    /// <summary>Faults that have not happened yet.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return waiting.Count + cuts.Count;
        }
    }

    /// <summary>Answers with <paramref name="reply"/> in the place of the server.</summary>
    /// <param name="stage">When.</param>
    /// <param name="reply">What to say, such as <c>new SmtpReply(450, new(4, 2, 0), "Greylisted")</c>.</param>
    /// <param name="times">How often; by default once.</param>
    public void Reply(SmtpTestStage stage, SmtpReply reply, int times = 1) => Add(new Fault(stage, FaultKind.Reply, times) { Reply = reply });

    /// <summary>Refuses the next recipient, whoever it is.</summary>
    /// <param name="reply">Default: <see cref="SmtpReply.MailboxUnavailable"/>.</param>
    public void RefuseNextRecipient(SmtpReply? reply = null) => Reply(SmtpTestStage.Recipient, reply ?? SmtpReply.MailboxUnavailable());

    /// <summary>Refuses one recipient every time, and lets the others pass.</summary>
    /// <param name="address">The address, in any case of letters.</param>
    /// <param name="reply">Default: <see cref="SmtpReply.MailboxUnavailable"/>.</param>
    public void RefuseRecipient(string address, SmtpReply? reply = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        Add(new Fault(SmtpTestStage.Recipient, FaultKind.Reply, int.MaxValue) { Reply = reply ?? SmtpReply.MailboxUnavailable(), Recipient = address });
    }

    /// <summary>Throws in the handler, which the client sees as 451 4.3.0.</summary>
    /// <param name="stage">When.</param>
    /// <param name="exception">What; by default an <see cref="InvalidOperationException"/>.</param>
    /// <param name="times">How often; by default once.</param>
    public void Throw(SmtpTestStage stage, Exception? exception = null, int times = 1) =>
        Add(new Fault(stage, FaultKind.Throw, times) { Exception = exception ?? new InvalidOperationException($"A fault of the test at {stage}.") });

    /// <summary>Makes the client wait, by the clock of <see cref="SmtpServerOptions.TimeProvider"/>. What comes behind the wait is not changed by it.</summary>
    /// <param name="stage">When.</param>
    /// <param name="delay">How long.</param>
    /// <param name="times">How often; by default once.</param>
    public void Delay(SmtpTestStage stage, TimeSpan delay, int times = 1) => Add(new Fault(stage, FaultKind.Delay, times) { Delay = delay });

    /// <summary>Cuts the connection instead of doing what the client asks for.</summary>
    /// <param name="stage">When; at <see cref="SmtpTestStage.Message"/> the message is not kept.</param>
    /// <param name="times">How often; by default once.</param>
    public void Cut(SmtpTestStage stage, int times = 1) => Add(new Fault(stage, FaultKind.Cut, times));

    /// <summary>Does what the client asks for, then cuts the connection before the reply: at <see cref="SmtpTestStage.Message"/> the message is kept, and the client cannot know.</summary>
    /// <param name="stage">When.</param>
    /// <param name="times">How often; by default once.</param>
    public void LoseReply(SmtpTestStage stage, int times = 1) => Add(new Fault(stage, FaultKind.LoseReply, times));

    /// <summary>Cuts the next connection when its client has sent so many octets: they arrive, and none behind them. Ask again for the connection after that.</summary>
    /// <param name="octets">0 cuts at the first read.</param>
    public void CutAfter(long octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        lock (gate)
            cuts.Enqueue(octets);
    }

    /// <summary>Takes back every fault that has not happened yet.</summary>
    public void Clear()
    {
        lock (gate)
        {
            waiting.Clear();
            cuts.Clear();
        }
    }

    internal long TakeCut()
    {
        lock (gate)
            return cuts.TryDequeue(out var octets) ? octets : -1;
    }

    /// <summary>What happens now: delays, then at most one fault of another kind.</summary>
    internal IReadOnlyList<Fault> Take(SmtpTestStage stage, string? recipient)
    {
        lock (gate)
        {
            var taken = new List<Fault>();
            foreach (var fault in waiting.Where(one => one.Matches(stage, recipient)))
            {
                taken.Add(fault);
                if (fault.Kind != FaultKind.Delay)
                    break;
            }

            foreach (var fault in taken.Where(static one => one.Times != int.MaxValue && --one.Times == 0))
                waiting.Remove(fault);
            return taken;
        }
    }

    private void Add(Fault fault)
    {
        lock (gate)
            waiting.Add(fault);
    }
}
