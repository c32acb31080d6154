namespace Smtpd.Server.Mime;

/// <summary>A quick look at the header of a message, on the way in. Linear in its input, bounded, and never throws: anything may stand in a message.</summary>
internal static class HeaderBlock
{
    /// <summary>How much of a message is looked at.</summary>
    public const int MaximumLength = 64 * 1024;

    private const int MaximumAddresses = 1000;

    /// <param name="message">The beginning of a message; what is beyond <see cref="MaximumLength"/> is ignored.</param>
    public static HeaderSummary Read(ReadOnlySpan<byte> message)
    {
        var block = message[..Math.Min(message.Length, MaximumLength)];
        SummaryFields summary = new(MaximumAddresses);
        HeaderScanner fields = new(block, isLast: true, HeaderScanner.HasBareCr(block));
        while (fields.TryRead(out var name, out var body))
            summary.Take(block[name], block[body]);
        return summary.Build();
    }
}
