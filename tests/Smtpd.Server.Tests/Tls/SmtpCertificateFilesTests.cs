using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Server.Tests.Tls;

public sealed class SmtpCertificateFilesTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
    private readonly ListLogger logger = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string CertificatePath => directory["a.pem"];

    private string KeyPath => directory["a.key"];

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_renewed_certificate_is_used_soon()
    {
        TestCertificates.Write(CertificatePath, KeyPath, "first");
        var files = new SmtpCertificateFiles(CertificatePath, KeyPath, clock, logger);
        Assert.Equal("first", await OrganizationAsync(files));
        TestCertificates.Write(CertificatePath, KeyPath, "second");
        clock.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.Equal("first", await OrganizationAsync(files));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("second", await OrganizationAsync(files));
        Assert.Equal(["Information 20"], logger.Lines);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData(null)]
    public async Task What_cannot_be_used_leaves_the_old_one_and_one_warning(string? text)
    {
        TestCertificates.Write(CertificatePath, KeyPath, "first");
        var files = new SmtpCertificateFiles(CertificatePath, KeyPath, clock, logger);
        File.Delete(CertificatePath);
        if (text is not null)
            await File.WriteAllTextAsync(CertificatePath, text, Cancel);
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(Interval);
            Assert.Equal("first", await OrganizationAsync(files));
        }

        Assert.Equal(["Warning 21"], logger.Lines);
        TestCertificates.Write(CertificatePath, KeyPath, "second");
        clock.Advance(Interval);
        Assert.Equal("second", await OrganizationAsync(files));
    }

    [Fact]
    public async Task A_certificate_that_came_before_its_key_is_used_when_the_key_is_there()
    {
        TestCertificates.Write(CertificatePath, KeyPath, "first");
        TestCertificates.Write(directory["b.pem"], directory["b.key"], "second");
        var files = new SmtpCertificateFiles(CertificatePath, KeyPath, clock, logger);
        File.Copy(directory["b.pem"], CertificatePath, overwrite: true);
        clock.Advance(Interval);
        Assert.Equal("first", await OrganizationAsync(files));
        File.Copy(directory["b.key"], KeyPath, overwrite: true);
        clock.Advance(Interval);
        Assert.Equal("second", await OrganizationAsync(files));
    }

    [Fact]
    public async Task A_directory_behind_a_link_may_be_exchanged()
    {
        foreach (var each in new[] { "first", "second" })
        {
            Directory.CreateDirectory(directory[each]);
            TestCertificates.Write(directory[each, "tls.crt"], directory[each, "tls.key"], each);
        }

        Directory.CreateSymbolicLink(directory["current"], directory["first"]);
        var files = new SmtpCertificateFiles(directory["current", "tls.crt"], directory["current", "tls.key"], clock, logger);
        Directory.Delete(directory["current"]);
        Directory.CreateSymbolicLink(directory["current"], directory["second"]);
        clock.Advance(Interval);
        Assert.Equal("second", await OrganizationAsync(files));
    }

    [Fact]
    public async Task Certificate_and_key_may_stand_in_one_file()
    {
        TestCertificates.Write(CertificatePath, KeyPath, "both");
        await File.AppendAllTextAsync(CertificatePath, "\n" + await File.ReadAllTextAsync(KeyPath, Cancel), Cancel);
        Assert.Equal("both", await OrganizationAsync(new SmtpCertificateFiles(CertificatePath, null, clock, logger)));
    }

    [Fact]
    public void One_that_has_expired_is_used_with_a_warning()
    {
        TestCertificates.Write(CertificatePath, KeyPath, notAfter: DateTimeOffset.UtcNow.AddDays(-1));
        _ = new SmtpCertificateFiles(CertificatePath, KeyPath, clock, logger);
        Assert.Equal(["Warning 22"], logger.Lines);
    }

    [Fact]
    public void At_the_start_it_must_be_usable()
    {
        TestCertificates.Write(CertificatePath, KeyPath);
        TestCertificates.Write(directory["b.pem"], directory["b.key"]);
        Assert.Throws<CryptographicException>(() => new SmtpCertificateFiles(CertificatePath, directory["b.key"], clock, logger));
        Assert.Throws<CryptographicException>(() => new SmtpCertificateFiles(CertificatePath, null, clock, logger));
        Assert.Contains("none.pem", Assert.Throws<CryptographicException>(() => new SmtpCertificateFiles(directory["none.pem"], KeyPath, clock, logger)).Message, StringComparison.Ordinal);
    }

    private static async Task<string> OrganizationAsync(SmtpCertificateFiles files) =>
        (await files.CurrentAsync(Cancel)).TargetCertificate.SubjectName.EnumerateRelativeDistinguishedNames()
        .Single(each => each.GetSingleElementType().Value == "2.5.4.10").GetSingleElementValue()!;

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel} {eventId.Id}");
    }
}
