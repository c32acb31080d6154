using System.Buffers;
using Smtpd.Commands;
using Smtpd.Replies;

namespace Smtpd.Protocol;

/// <content>Receiving the content of a message, by DATA and by BDAT.</content>
internal sealed partial class SmtpSession
{
    // The content being received.
    private DotReader dots;
    private ContentCheck check;
    private LineBreakNormalizer normalizer;
    private ReadOnlyMemory<byte> unnormalized;
    private BdatCommand? chunk;
    private long chunkRemaining;
    private bool chunkIsChecked;
    private SmtpReply chunkRefusal;

    // Whether the content ended as a whole message does: a chunk before the last one can only be refused, and that with one reply.
    private bool endsMessage;

    private void AnswerData(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsPositive)
        {
            BeginContent();
            mode = Mode.Data;
            reply = reply.Code == 354 ? reply : ProtocolReplies.StartMailInput;
            Write(reply, output);
            return;
        }

        WriteAnswer(reply, default, output);
    }

    private SmtpStep? AdvanceData(ref ReadOnlyMemory<byte> input, IBufferWriter<byte> output)
    {
        if (!unnormalized.IsEmpty && Fault == ContentFault.None && normalizer.TryRead(ref unnormalized, out var piece))
        {
            Content = piece;
            return SmtpStep.Content;
        }

        // Asked of the whole message and before its end is looked for, or the answer would depend on how the input was cut.
        if (Fault != ContentFault.None && check.Octets - settings.Limits.MessageOctets > settings.Limits.DrainOctets)
            return Write(FaultReply.AndClose(), output);

        switch (dots.Read(ref input, out var content))
        {
            case DotReader.Result.NeedInput:
                return SmtpStep.NeedInput;
            case DotReader.Result.End:
                endsMessage = true;
                mode = Mode.ContentAnswer;
                return SmtpStep.ContentEnd;
        }

        var wasSound = Fault == ContentFault.None;
        check.AddLines(content.Span);
        Fault = check.Fault;
        if (Fault != ContentFault.None)
            return wasSound ? SmtpStep.ContentRefused : null;
        if (settings.BareLineBreaks == BareLineBreaks.Normalize)
        {
            unnormalized = content;
            return null;
        }

        Content = content;
        return SmtpStep.Content;
    }

    // -- Content by BDAT (RFC 3030) ------------------------------------------------------------------------------------

    private SmtpStep? RunChunk(BdatCommand bdat, IBufferWriter<byte> output)
    {
        switch (Phase)
        {
            case Phase.HasChunks:
                return BeginChunk(bdat);
            case Phase.HasRecipients:
                Command = bdat;
                return SmtpStep.Decide;
            default:
                return SkipChunk(bdat, OutOfSequence(VerbTable.Find("BDAT"u8)!), output);
        }
    }

    private void AnswerChunk(BdatCommand bdat, SmtpReply reply, IBufferWriter<byte> output)
    {
        if (!reply.IsPositive)
        {
            SkipChunk(bdat, reply, output);
            return;
        }

        BeginContent();
        Phase = Phase.HasChunks;
        BeginChunk(bdat);
    }

    private SmtpStep? BeginChunk(BdatCommand bdat)
    {
        chunk = bdat;
        chunkRemaining = bdat.Size;
        chunkIsChecked = false;
        chunkRefusal = default;
        mode = Mode.Chunk;
        return null;
    }

    /// <summary>A refused chunk is read all the same, or its octets would be taken for commands.</summary>
    private SmtpStep? SkipChunk(BdatCommand bdat, SmtpReply refusal, IBufferWriter<byte> output)
    {
        if (bdat.Size > settings.Limits.DrainOctets)
            return Refuse(refusal.AndClose(), output);
        BeginChunk(bdat);
        chunkIsChecked = true;
        chunkRefusal = refusal;
        return null;
    }

    private SmtpStep? AdvanceChunk(ref ReadOnlyMemory<byte> input, IBufferWriter<byte> output)
    {
        if (!chunkIsChecked)
        {
            // The size is known before the first octet.
            chunkIsChecked = true;
            check.AddOctets(chunk!.Size);
            Fault = check.Fault;
            if (Fault != ContentFault.None)
                return chunk.Size > settings.Limits.DrainOctets ? Write(FaultReply.AndClose(), output) : SmtpStep.ContentRefused;
        }

        if (chunkRemaining > 0)
        {
            if (input.IsEmpty)
                return SmtpStep.NeedInput;
            var content = input[..(int)Math.Min(chunkRemaining, input.Length)];
            input = input[content.Length..];
            chunkRemaining -= content.Length;
            if (!chunkRefusal.IsContinue || Fault != ContentFault.None)
                return null;
            Content = content;
            return SmtpStep.Content;
        }

        return EndChunk(output);
    }

    private SmtpStep? EndChunk(IBufferWriter<byte> output)
    {
        var ended = chunk!;
        chunk = null;
        mode = Mode.Commands;
        if (!chunkRefusal.IsContinue)
            return Refuse(chunkRefusal, output);
        if (ended.IsLast || Fault != ContentFault.None)
        {
            endsMessage = ended.IsLast;
            mode = Mode.ContentAnswer;
            return SmtpStep.ContentEnd;
        }

        return Write(ProtocolReplies.ChunkReceived(ended.Size), output);
    }

    // -- Both ways ----------------------------------------------------------------------------------------------------

    private SmtpReply FaultReply => Fault switch
    {
        ContentFault.TooLarge => ProtocolReplies.MessageTooLarge,
        ContentFault.LineTooLong => ProtocolReplies.ContentLineTooLong,
        _ => ProtocolReplies.BareLineBreakInContent,
    };

    private void BeginContent()
    {
        dots = default;
        normalizer = default;
        unnormalized = default;
        check = new ContentCheck(
            settings.Limits.MessageOctets, settings.Limits.ContentLineOctets, settings.BareLineBreaks == BareLineBreaks.Reject);
        Fault = ContentFault.None;
    }

    /// <summary>Gives the handler's word on the message after <see cref="SmtpStep.ContentEnd"/>.</summary>
    /// <param name="reply">For all recipients.</param>
    /// <param name="each">For each accepted recipient, in their order; empty when they have nothing of their own.</param>
    /// <param name="output">Where replies are written.</param>
    public void AnswerContent(SmtpReply reply, ReadOnlySpan<SmtpReply> each, IBufferWriter<byte> output)
    {
        mode = Mode.Commands;
        Stage = "message";
        messages++;
        Transcript?.Note($"{check.Octets} octets of content");
        if (Fault != ContentFault.None)
        {
            reply = FaultReply;
            each = default;
        }
        else if (reply.IsPositive)
        {
            errors = 0;
        }

        // Written before the transaction is forgotten: its SMTPUTF8 allows UTF-8 in this reply.
        var final = Standard(reply, ProtocolReplies.MessageAccepted);
        if (offer.IsLmtp && endsMessage)
            WriteEach(final, each, output);
        else if (perRecipientReplies && each.Length > 1)
            WriteEachAndAll(final, each, output);
        else
            Write(final, output);
        EndTransaction();
    }

    // RFC 2033 §4.2: one reply for each accepted recipient, whether they differ or not.
    private void WriteEach(SmtpReply final, ReadOnlySpan<SmtpReply> each, IBufferWriter<byte> output)
    {
        for (var i = 0; i < recipients; i++)
            Write(each.IsEmpty ? final : Standard(each[i], ProtocolReplies.MessageAccepted), output);
    }

    // draft-hall-prdr: 353, the replies of the recipients, then one for the message.
    private void WriteEachAndAll(SmtpReply final, ReadOnlySpan<SmtpReply> each, IBufferWriter<byte> output)
    {
        Write(ProtocolReplies.EachRecipient, output);
        foreach (var one in each)
            Write(Standard(one, ProtocolReplies.RecipientOk), output);
        Write(final, output);
    }
}
