namespace Smtpd.Load;

/// <summary>One side of TLS of one connection to <see cref="BareServer"/>.</summary>
internal sealed class BareDialogue(Stream stream)
{
    private readonly byte[] input = new byte[32 * 1024];
    private readonly byte[] output = new byte[8 * 1024];
    private int end;
    private int written;
    private bool isContent;
    private bool isOver;
    private bool isStartTls;

    /// <returns>False when the client has said STARTTLS and was told to go ahead.</returns>
    public async Task<bool> RunAsync()
    {
        while (!isOver && !isStartTls)
        {
            var received = await stream.ReadAsync(input.AsMemory(end));
            if (received == 0)
                return true;
            end += received;
            Take();
            if (written > 0)
                await stream.WriteAsync(output.AsMemory(0, written));
            written = 0;
        }

        return !isStartTls;
    }

    private void Take()
    {
        var start = 0;
        while (start < end)
        {
            ReadOnlySpan<byte> rest = input.AsSpan(start..end);
            var length = isContent ? rest.IndexOf("\r\n.\r\n"u8) : rest.IndexOf("\r\n"u8);
            if (length < 0)
            {
                // Of content, only what may be the beginning of its end is kept.
                if (isContent)
                    start = Math.Max(start, end - 4);
                break;
            }

            start += length + (isContent ? 5 : 2);
            Answer(isContent ? "250 kept nowhere\r\n"u8 : ReplyTo(rest[0]));
            isContent = !isContent && rest[0] is (byte)'D';
        }

        input.AsSpan(start..end).CopyTo(input);
        end -= start;
    }

    private ReadOnlySpan<byte> ReplyTo(byte first)
    {
        isOver = first is (byte)'Q';
        isStartTls = first is (byte)'S';
        return first switch
        {
            (byte)'D' => "354 go on\r\n"u8,
            (byte)'Q' => "221 bye\r\n"u8,
            (byte)'S' => "220 go on\r\n"u8,
            _ => "250 fine\r\n"u8,
        };
    }

    private void Answer(ReadOnlySpan<byte> reply)
    {
        reply.CopyTo(output.AsSpan(written));
        written += reply.Length;
    }
}
