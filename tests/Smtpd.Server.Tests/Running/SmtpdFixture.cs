namespace Smtpd.Server.Tests.Running;

/// <summary>One running program for all tests of a class. Its mailbox fills; tests tell their mail by its subject.</summary>
public sealed class SmtpdFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess? program;

    internal SmtpdProcess Program => program!;

    internal string Directory => directory.Path;

    public async ValueTask InitializeAsync() => program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Smtp:Hostname=mx.y.test");

    public async ValueTask DisposeAsync()
    {
        if (program is not null)
            await program.DisposeAsync();
        directory.Dispose();
    }
}
