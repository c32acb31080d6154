namespace Smtpd.Protocol;

/// <summary>Finds the end of DATA content and takes the dots away that the client put in (RFC 5321 §4.5.2).</summary>
/// <remarks>
/// Only CRLF "." CRLF ends the content, and a dot is taken away only behind CRLF or at the very start; whatever else looks like a line
/// end is content. Everything else passes through as slices of what arrived.
/// </remarks>
internal struct DotReader
{
    private static readonly byte[] CarriageReturn = "\r"u8.ToArray();

    private State state;

    private enum State
    {
        /// <summary>At the start of the content or behind CRLF.</summary>
        LineStart,
        InLine,

        /// <summary>Behind a CR, which has been passed on.</summary>
        AfterCarriageReturn,

        /// <summary>Behind a dot at the start of a line; the dot is not passed on.</summary>
        AfterDot,

        /// <summary>Behind such a dot and a CR; neither is passed on yet.</summary>
        AfterDotCarriageReturn,
    }

    public enum Result
    {
        NeedInput,
        Content,
        End,
    }

    /// <summary>Takes octets from <paramref name="input"/> up to the end of the next slice of content, or of the content.</summary>
    public Result Read(ref ReadOnlyMemory<byte> input, out ReadOnlyMemory<byte> content)
    {
        content = default;
        while (!input.IsEmpty)
        {
            var first = input.Span[0];
            switch (state)
            {
                case State.LineStart when first == '.':
                    state = State.AfterDot;
                    input = input[1..];
                    break;
                case State.AfterDot when first == '\r':
                    state = State.AfterDotCarriageReturn;
                    input = input[1..];
                    break;
                case State.AfterDotCarriageReturn when first == '\n':
                    state = State.LineStart;
                    input = input[1..];
                    return Result.End;
                case State.AfterDotCarriageReturn:
                    // The line began with a dot too many and a CR that ends nothing: the CR is content.
                    state = State.AfterCarriageReturn;
                    content = CarriageReturn;
                    return Result.Content;
                default:
                    content = TakeToNextDot(ref input);
                    return Result.Content;
            }
        }

        return Result.NeedInput;
    }

    /// <summary>Everything up to and with the next CRLF that a dot follows, or everything.</summary>
    private ReadOnlyMemory<byte> TakeToNextDot(ref ReadOnlyMemory<byte> input)
    {
        var octets = input.Span;
        int length;
        if (state == State.AfterCarriageReturn && octets is [(byte)'\n', (byte)'.', ..])
        {
            length = 1;
        }
        else
        {
            var found = octets.IndexOf("\r\n."u8);
            length = found < 0 ? octets.Length : found + 2;
        }

        var endsWithLineFeed = octets[length - 1] == '\n';
        var isCrlf = endsWithLineFeed && (length > 1 ? octets[length - 2] == '\r' : state == State.AfterCarriageReturn);
        state = isCrlf ? State.LineStart
            : octets[length - 1] == '\r' ? State.AfterCarriageReturn
            : State.InLine;
        var content = input[..length];
        input = input[length..];
        return content;
    }
}
