using System.Buffers;

namespace Smtpd.Server.Exchange;

/// <summary>Writes messages as mboxrd, lines ending with CRLF. <see cref="MboxReader"/> gives back the same octets; content that does not end with LF gets a line break.</summary>
internal sealed class MboxWriter(Stream destination)
{
    private static readonly byte[] s_from = "From "u8.ToArray();
    private static readonly byte[] s_lineBreak = "\r\n"u8.ToArray();

    // Where we are in the line: so many ">", so much of "From ". A line that can no longer be one of them has a depth of -1.
    private int _depth;
    private int _matched;

    public async Task WriteAsync(string sender, DateTimeOffset date, Stream content, CancellationToken cancellationToken)
    {
        await destination.WriteAsync(MboxFromLine.Write(sender, date), cancellationToken);
        (_depth, _matched) = (0, 0);
        var lastOctet = (byte)'\n';
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        ArrayBufferWriter<byte> output = new();
        try
        {
            int count;
            while ((count = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                Quote(buffer.AsSpan(0, count), output);
                lastOctet = buffer[count - 1];
                await destination.WriteAsync(output.WrittenMemory, cancellationToken);
                output.ResetWrittenCount();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        WriteHeld(output);
        if (lastOctet != '\n')
            output.Write(s_lineBreak);
        output.Write(s_lineBreak);
        await destination.WriteAsync(output.WrittenMemory, cancellationToken);
    }

    // The beginning of a line is held back as two numbers until it is known what it is; it may come in any number of pieces.
    private void Quote(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> output)
    {
        while (!octets.IsEmpty)
        {
            if (_depth < 0)
            {
                var length = octets.IndexOf((byte)'\n') + 1;
                output.Write(length > 0 ? octets[..length] : octets);
                if (length == 0)
                    return;
                octets = octets[length..];
                (_depth, _matched) = (0, 0);
                continue;
            }

            if (_matched == 0 && octets[0] == '>' && _depth < MboxQuoting.MaximumDepth - 1)
                _depth++;
            else if (octets[0] == s_from[_matched])
                _matched++;
            else
            {
                WriteHeld(output);
                continue;
            }

            octets = octets[1..];
            if (_matched == s_from.Length)
            {
                output.Write(">"u8);
                WriteHeld(output);
            }
        }
    }

    private void WriteHeld(ArrayBufferWriter<byte> output)
    {
        if (_depth > 0)
            output.GetSpan(_depth)[.._depth].Fill((byte)'>');
        output.Advance(Math.Max(_depth, 0));
        output.Write(s_from.AsSpan(0, _matched));
        (_depth, _matched) = (-1, 0);
    }
}
