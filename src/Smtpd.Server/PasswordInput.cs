using System.Text;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server;

/// <summary>A password given to the program: on standard input, as an argument would be in everybody's list of processes.</summary>
/// <param name="IsGiven">Whether <c>--password-stdin</c> was said.</param>
/// <param name="KeepsClearSecret">Whether <c>--keep-clear-secret</c> was said.</param>
internal readonly record struct PasswordInput(bool IsGiven, bool KeepsClearSecret)
{
    /// <summary>Reads the password and makes of it what is kept.</summary>
    /// <returns>The credential, or what is wrong.</returns>
    public async Task<(MailboxCredential? Credential, string Wrong)> ReadAsync(string user, int mailboxId)
    {
        if (!MailboxCredential.IsUser(user))
            return (null, $"a user name has 1 to {MailboxCredential.MaximumUserLength} characters and no control characters");
        if (!IsGiven)
            return (null, "give the password on standard input and say so with --password-stdin");
        if (await ReadLineAsync() is string password && MailboxPassword.TryCreate(user, mailboxId, password, KeepsClearSecret) is MailboxCredential credential)
            return (credential, "");
        return (null, $"{MailboxPassword.Requirement}, in UTF-8; it is the first line of standard input");
    }

    // Not by Console.In, which would replace what is no UTF-8: another password than the one meant.
    private static async Task<string?> ReadLineAsync()
    {
        using StreamReader input = new(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            return await input.ReadLineAsync();
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
