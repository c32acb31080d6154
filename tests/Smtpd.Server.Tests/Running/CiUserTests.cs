namespace Smtpd.Server.Tests.Running;

/// <summary>What somebody's CI job does, in a language that is not ours: see <c>ci_user.py</c>.</summary>
public sealed class CiUserTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_job_gets_a_mailbox_of_its_own_waits_asserts_and_leaves_nothing()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Smtp:AllowInsecureAuth=true");
        var output = await ExternalProgram.RunAsync("python3", null, Path.Combine(AppContext.BaseDirectory, "Running", "ci_user.py"), program.Http.BaseAddress!.ToString().TrimEnd('/'));
        Assert.StartsWith("all is well", output, StringComparison.Ordinal);
    }
}
