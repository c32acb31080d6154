using Smtpd.Commands;

namespace Smtpd.Protocol;

/// <summary>What a session may know of the server it belongs to. Made once, shared by all sessions.</summary>
/// <param name="ServerName">What the server calls itself.</param>
/// <param name="Welcome">What the greeting says behind the name.</param>
/// <param name="Leniency">What to forgive.</param>
/// <param name="Limits">The limits in force.</param>
/// <param name="BareLineBreaks">What to do with a bare CR or LF in content.</param>
/// <param name="RejectUnauthorizedPipelining">Whether to close on a client that sends on where it must wait.</param>
internal sealed record SessionSettings(
    string ServerName, string Welcome, SmtpLeniency Leniency, SmtpLimits Limits, BareLineBreaks BareLineBreaks,
    bool RejectUnauthorizedPipelining = false)
{
    /// <summary>Told of every reply of 4xx and 5xx: the verb, or a word in lower case where there is none, and the code.</summary>
    public Action<string, int>? Refused { get; init; }
}
