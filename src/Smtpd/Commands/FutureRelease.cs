using System.Globalization;
using System.Text;
using Smtpd.Replies;

namespace Smtpd;

/// <summary>How long a message is to be held before it is delivered: <c>HOLDFOR=</c> or <c>HOLDUNTIL=</c> (RFC 4865 §4). One of the two is set.</summary>
/// <param name="Interval">From MAIL on.</param>
/// <param name="Until">The time.</param>
public readonly record struct FutureRelease(TimeSpan? Interval, DateTimeOffset? Until)
{
    // future-release-integer = %x31-39 *8DIGIT, in seconds.
    internal static SmtpReply ParseInterval(Commands.MailCommand command, ReadOnlySpan<byte> value, Commands.CommandSyntax syntax)
    {
        if (command.FutureRelease is not null || value.Length is 0 or > 9 || value[0] == '0' || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return ProtocolReplies.ParameterSyntax;
        command.FutureRelease = new FutureRelease(TimeSpan.FromSeconds(seconds), null);
        return SmtpReply.Continue;
    }

    internal static SmtpReply ParseUntil(Commands.MailCommand command, ReadOnlySpan<byte> value, Commands.CommandSyntax syntax)
    {
        if (command.FutureRelease is not null || !Commands.InternetTime.TryParse(value, out var until))
            return ProtocolReplies.ParameterSyntax;
        command.FutureRelease = new FutureRelease(null, until);
        return SmtpReply.Continue;
    }
}
