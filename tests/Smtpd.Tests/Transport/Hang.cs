namespace Smtpd.Tests.Transport;

/// <summary>When a test that waits for the server has waited in vain: far longer than any of them takes.</summary>
internal static class Hang
{
    public const int Milliseconds = 30_000;
}
