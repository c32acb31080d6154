using System.Net;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>A server that does more than plain SMTP in clear, and who connects to it.</summary>
internal sealed record WideFace(SmtpServerOptions Options, SmtpEndpoint Endpoint, IPEndPoint Peer)
{
    public string Hello => Endpoint.IsLmtp ? "LHLO" : "EHLO";

    public static WideFace Make(Random random, SmtpServerOptions options)
    {
        // The reply to EHLO may tell the time.
        options.TimeProvider = new StoppedCalendar();
        options.Extensions = random.NextDouble() < 0.7 ? (SmtpExtensions)0x3FFFF : (SmtpExtensions)random.Next(0x40000);
        // Lower limits end most dialogues before they come to anything.
        options.Limits = options.Limits with
        {
            AuthenticationAttempts = random.NextDouble() < 0.2 ? 1 : 5,
            Errors = random.NextDouble() < 0.2 ? options.Limits.Errors : 1000,
            FutureRelease = TimeSpan.FromDays(1),
        };
        if (random.NextDouble() < 0.8)
            options.Authentication.Mechanisms.Add(new ScriptedMechanism("X-ONE"));
        options.Authentication.AllowInClear = random.NextDouble() < 0.7;
        options.Proxies.Trusted.Add(IPNetwork.Parse("192.0.2.0/24"));
        var tls = (SmtpTlsMode)random.Next(4);
        if (tls != SmtpTlsMode.None)
        {
            options.Tls = ScriptedHandshake.Options;
            options.Handshake = new ScriptedHandshake();
        }

        // Where nobody could authenticate the options would be refused.
        var isPossible = options.Authentication is { Mechanisms.Count: > 0 } && (options.Authentication.AllowInClear || options.Tls is not null);
        options.Authentication.Required = isPossible && random.NextDouble() < 0.2;

        var endpoint = new SmtpEndpoint(new IPEndPoint(IPAddress.Loopback, 0))
        {
            Tls = tls,
            IsLmtp = random.NextDouble() < 0.3,
            // In front of a handshake a header would have to be told apart from it here.
            ExpectsProxyHeader = tls != SmtpTlsMode.Implicit && random.NextDouble() < 0.2,
        };
        return new WideFace(options, endpoint, new IPEndPoint(IPAddress.Parse(random.NextDouble() < 0.8 ? "192.0.2.1" : "203.0.113.1"), 25000));
    }

    /// <summary>Timers run, the date stands still.</summary>
    private sealed class StoppedCalendar : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
