using System.Globalization;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>ANONYMOUS (RFC 4505): a client that does not say who it is, at most where to find it: trace information.</summary>
internal sealed class AnonymousMechanism : SaslMechanism
{
    private const int MaxTraceCharacters = 255;

    public override string Name => "ANONYMOUS";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange();

    private sealed class Exchange : ClientFirstExchange
    {
        protected override ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken) => new(
            TryReadTrace(response.Span, out var trace)
                ? SaslResult.Success(new SmtpIdentity("anonymous") { Mechanism = "ANONYMOUS", TraceInformation = trace.Length > 0 ? trace : null })
                : SaslResult.Malformed);

        // RFC 4505 §2: an address or a token of 1 to 255 characters, or nothing.
        private static bool TryReadTrace(ReadOnlySpan<byte> octets, out string trace) =>
            StrictUtf8.TryDecode(octets, out trace) && trace.EnumerateRunes().Count() <= MaxTraceCharacters && PrintableText.IsPrintable(trace);
    }
}
