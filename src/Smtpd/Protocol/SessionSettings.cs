using Smtpd.Commands;

namespace Smtpd.Protocol;

/// <summary>What a session may know of the server it belongs to. Made once, shared by all sessions.</summary>
internal sealed class SessionSettings
{
    public SessionSettings(string serverName, string welcome, CommandSyntax syntax, SmtpLimits limits, BareLineBreaks bareLineBreaks)
    {
        ServerName = serverName;
        Welcome = welcome;
        Syntax = syntax;
        Limits = limits;
        BareLineBreaks = bareLineBreaks;
        ExtendedHello = new SmtpReply(250, EnhancedStatus.None, Capabilities.For(this));
    }

    public string ServerName { get; }

    public string Welcome { get; }

    public CommandSyntax Syntax { get; }

    public SmtpLimits Limits { get; }

    public BareLineBreaks BareLineBreaks { get; }

    /// <summary>The reply to an accepted EHLO.</summary>
    public SmtpReply ExtendedHello { get; }
}
