namespace Smtpd.Authentication;

/// <summary>An exchange that the client opens: when AUTH had no initial response, an empty challenge asks for it (RFC 4954 §4).</summary>
internal abstract class ClientFirstExchange : SaslExchange
{
    public sealed override ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
        response is { } octets ? TakeAsync(octets, cancellationToken) : new(SaslResult.Continue(default));

    protected abstract ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken);
}
