using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Smtpd.Hosting.Tests.Hosting;

public sealed class ConfigurationTests
{
    [Fact]
    public void A_section_tells_the_server_what_the_options_would()
    {
        var options = Read("""
            {
              "Hostname": "mx.test", "DrainTimeout": "5", "ReadTimeout": "00:01:30", "BareLineBreaks": "reject", "Extensions": "Size, Chunking",
              "Endpoints": [ "127.0.0.1:2525", "unix:/run/smtp", { "Address": ":465", "Tls": "Implicit", "RequiresAuthentication": true },
                             { "Address": "[::1]:24", "IsLmtp": true, "ExpectsProxyHeader": true } ],
              "Limits": { "Recipients": 7, "messageoctets": 123456789012 },
              "Timeouts": { "Command": "0:02:00", "MinimumDataRate": 0 },
              "Config": { "WelcomeMessage": "hello", "RateLimit": 3 },
              "Authentication": { "AllowInClear": true, "Required": false, "UnknownUserKey": "AQID" },
              "Proxies": { "Trusted": [ "10.0.0.0/8", "192.0.2.1", "2001:db8::/32" ], "XClient": false }
            }
            """, options =>
        {
            options.Tls = SmtpTestServer.CreateTls();
            options.Authentication.Passwords = SmtpTestServer.AnyPassword;
        });

        Assert.Equal("mx.test", options.Hostname);
        Assert.Equal(TimeSpan.FromSeconds(5), options.DrainTimeout);
        Assert.Equal(TimeSpan.FromSeconds(90), options.ReadTimeout);
        Assert.Equal(BareLineBreaks.Reject, options.BareLineBreaks);
        Assert.Equal(SmtpExtensions.Size | SmtpExtensions.Chunking, options.Extensions);
        Assert.Equal(["127.0.0.1:2525", "unix:/run/smtp", "[::]:465", "[::1]:24"], options.Endpoints.Select(endpoint => endpoint.ToString()));
        Assert.Equal(SmtpTlsMode.Implicit, options.Endpoints[2].Tls);
        Assert.True(options.Endpoints[2].RequiresAuthentication);
        Assert.True(options.Endpoints[3].IsLmtp);
        Assert.True(options.Endpoints[3].ExpectsProxyHeader);
        Assert.Null(options.Endpoints[3].Tls);
        Assert.Equal(7, options.Limits.Recipients);
        Assert.Equal(123_456_789_012, options.Limits.MessageOctets);
        Assert.Equal(TimeSpan.FromMinutes(2), options.Timeouts.Command);
        Assert.Equal("hello", options.Config.WelcomeMessage);
        Assert.Equal(3, options.Config.RateLimit);
        Assert.True(options.Authentication.AllowInClear);
        Assert.Equal([1, 2, 3], options.Authentication.UnknownUserKey.ToArray());
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.0.2.1/32"), IPNetwork.Parse("2001:db8::/32")], options.Proxies.Trusted);
        Assert.False(options.Proxies.XClient);
        Assert.Equal(new SmtpTimeouts().Data, options.Timeouts.Data);
    }

    [Theory]
    [InlineData("""{ "Limits": { "Recipient": 7 } }""", "Smtp:Limits:Recipient is no setting of an SMTP server.")]
    [InlineData("""{ "Limits": { "Recipients": "many" } }""", "Smtp:Limits:Recipients is \"many\": write a whole number.")]
    [InlineData("""{ "Limits": { "Recipients": -1 } }""", "Smtp:Limits:Recipients is \"-1\": write a whole number.")]
    [InlineData("""{ "DrainTimeout": "soon" }""", "Smtp:DrainTimeout is \"soon\": write seconds, or hh:mm:ss.")]
    [InlineData("""{ "BareLineBreaks": "7" }""", "Smtp:BareLineBreaks is \"7\": write Preserve, ")]
    [InlineData("""{ "Authentication": { "Required": "yes" } }""", "Smtp:Authentication:Required is \"yes\": write true or false.")]
    [InlineData("""{ "Proxies": { "Trusted": [ "10.0.0.1/33" ] } }""", "Smtp:Proxies:Trusted:0 is \"10.0.0.1/33\": write an address")]
    [InlineData("""{ "Endpoints": [ ":25", "nowhere" ] }""", "Smtp:Endpoints:1 is \"nowhere\": \"nowhere\" is no address to listen on.")]
    [InlineData("""{ "Endpoints": [ { "Address": ":25", "Tsl": "Implicit" } ] }""", "Smtp:Endpoints:0 is \":25\": an endpoint has no Tsl, only Address,")]
    [InlineData("""{ "Endpoints": [ { "Address": ":25", "Tls": "Always" } ] }""", "Smtp:Endpoints:0 is \":25\": write None, StartTls,")]
    [InlineData("""{ "Endpoints": [ { "Tls": "Implicit" } ] }""", "Smtp:Endpoints:0: \"\" is no address to listen on.")]
    [InlineData("""{ "Tls": { "CertificateFile": "/nowhere/cert.pem" } }""", "Smtp:Tls: /nowhere/cert.pem with the key in /nowhere/cert.pem cannot be used: ")]
    [InlineData("""{ "Tls": { "KeyFile": "key.pem" } }""", "Smtp:Tls: CertificateFile is missing")]
    [InlineData("""{ "Tls": { "Certificate": "cert.pem" } }""", "Smtp:Tls: there is no Certificate, only CertificateFile,")]
    public void A_mistake_is_a_sentence_with_its_key(string section, string problem)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(section));

        Assert.StartsWith(problem, Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once() =>
        Assert.Equal(2, Assert.Throws<OptionsValidationException>(() => Read("""{ "Nonsense": 1, "DrainTimeout": "soon" }""")).Failures.Count());

    [Fact]
    public void Every_simple_option_can_be_configured()
    {
        var options = Simple(typeof(SmtpServerOptions), string.Empty)
            .Concat(Simple(typeof(SmtpLimits), "Limits:")).Concat(Simple(typeof(SmtpTimeouts), "Timeouts:")).Concat(Simple(typeof(SmtpServerConfig), "Config:"))
            .Concat(Simple(typeof(SmtpAuthentication), "Authentication:")).Concat(Simple(typeof(SmtpProxies), "Proxies:"));

        Assert.Equal(options.Order(StringComparer.Ordinal), ConfigurationReader.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_certificate_is_read_from_its_files()
    {
        var folder = Directory.CreateTempSubdirectory("smtpd-hosting-");
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=mx.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
            var pem = Path.Combine(folder.FullName, "cert.pem");
            var keyPem = Path.Combine(folder.FullName, "key.pem");
            await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(keyPem, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);

            var tls = Read($$"""{ "Tls": { "CertificateFile": "{{pem}}", "KeyFile": "{{keyPem}}", "ClientCertificates": "Request", "ClientAuthoritiesFile": "{{pem}}" } }""").Tls!;

            var read = (await tls.CertificateSelector!(null!, "mx.test", TestContext.Current.CancellationToken))!.TargetCertificate;
            Assert.Equal("CN=mx.test", read.Subject);
            Assert.True(read.HasPrivateKey);
            Assert.Equal(SmtpClientCertificates.Request, tls.ClientCertificates);
            Assert.Single(tls.ClientAuthorities);

            await File.WriteAllTextAsync(keyPem, "nonsense", TestContext.Current.CancellationToken);
            var failure = Assert.Throws<OptionsValidationException>(() => Read($$"""{ "Tls": { "CertificateFile": "{{pem}}", "KeyFile": "{{keyPem}}" } }"""));
            Assert.Contains("cannot be used", Assert.Single(failure.Failures), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Simple(Type type, string prefix) => type.GetProperties()
        .Where(property => property.CanWrite && IsSimple(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))
        .Select(property => prefix + property.Name);

    private static bool IsSimple(Type type) => type.IsEnum || type == typeof(string) || type == typeof(int) || type == typeof(long) || type == typeof(bool) || type == typeof(TimeSpan)
        || type == typeof(ReadOnlyMemory<byte>);

    private static SmtpServerOptions Read(string section, Action<SmtpServerOptions>? configure = null)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Smtp": {{section}} }"""))).Build();
        using var provider = new ServiceCollection().AddSmtpServer(configuration.GetSection("Smtp")).Configure(configure ?? (static _ => { })).Services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<SmtpServerOptions>>().Value;
    }
}
