using System.Net.Http.Json;

namespace Smtpd.Load;

/// <summary>Makes mailboxes over REST, each with the address that <see cref="MailScript.Address"/> has for it and without users, whose passwords would take most of the time.</summary>
internal static class MailboxFilling
{
    // So many share a commit, which is most of what they cost on a busy disk.
    private const int SideBySide = 256;

    public static async Task FillAsync(Uri rest, int count)
    {
        using HttpClient client = new() { BaseAddress = rest };
        ParallelOptions degree = new() { MaxDegreeOfParallelism = SideBySide };
        await Parallel.ForAsync(1, count + 1, degree, async (mailbox, cancellationToken) =>
        {
            var address = MailScript.Address(mailbox);
            using var answer = await client.PostAsJsonAsync("/api/mailboxes", new { name = address, users = Array.Empty<string>(), addresses = new[] { address } }, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw new IOException($"Mailbox {address}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        });
    }
}
