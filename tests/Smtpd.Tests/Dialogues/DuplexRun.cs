using System.IO.Pipelines;
using System.Net;

namespace Smtpd.Tests.Dialogues;

/// <summary>One connection served in memory, from its first piece of input to its end.</summary>
internal sealed record DuplexRun(byte[] Sent, int Writes, bool Hangs, Exception? Failure)
{
    public static async Task<DuplexRun> ServeAsync(
        SmtpServer server, IEnumerable<ClientPiece> pieces, bool clientCloses, TimeSpan patience, SmtpEndpoint? endpoint = null, EndPoint? peer = null)
    {
        var output = new CollectedOutput();
        var input = new CutInput(pieces, clientCloses, output);
        output.Grown = input.OutputHasGrown;

        using var abort = new CancellationTokenSource();
        var serving = server.ServeConnectionAsync(new Duplex(input, output), null, peer, endpoint, abort.Token);
        try
        {
            await serving.WaitAsync(patience);
            return new DuplexRun(output.Sent(), output.Writes, Hangs: false, Failure: null);
        }
        catch (TimeoutException) when (!serving.IsCompleted)
        {
            await abort.CancelAsync();
            return new DuplexRun(output.Sent(), output.Writes, Hangs: true, Failure: null);
        }
        catch (Exception failure)
        {
            return new DuplexRun(output.Sent(), output.Writes, Hangs: false, failure);
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
