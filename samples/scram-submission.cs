#:project ../src/Smtpd/Smtpd.csproj
// A submission server (RFC 6409): mail only over TLS and after AUTH, by SCRAM-SHA-256 and, for clients without it, PLAIN and LOGIN.
// The password is not kept, only a verifier. The certificate is made anew at each start: good for a try, not for the world.
//   dotnet run scram-submission.cs USER PASSWORD [address to listen on, default 127.0.0.1:2587]
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Smtpd;

if (args is not [var user, var password, .. var rest])
{
    Console.Error.WriteLine("usage: dotnet run scram-submission.cs USER PASSWORD [ADDRESS]");
    return 1;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };

await using var server = new SmtpServer(new SmtpServerOptions
{
    Endpoints = { new SmtpEndpoint(SmtpEndpoint.Parse(rest is [var address, ..] ? address : "127.0.0.1:2587").EndPoint)
        { Tls = SmtpTlsMode.RequireStartTls, RequiresAuthentication = true } },
    Tls = new SmtpTls { Certificate = SelfSigned() },
    Authentication = new SmtpAuthentication { Credentials = new OneUser(new SmtpCredential(user, ScramVerifier.Create(password))) },
    OnMessage = (mail, _) =>
    {
        Console.WriteLine($"{mail.Connection.Identity!.User} ({mail.Connection.Identity.Mechanism}, {mail.Connection.Tls}) sends to <{string.Join(">, <", mail.Transaction.Recipients)}>");
        return new(SmtpReply.Accepted("seen, not sent"));
    },
});
await server.StartAsync(stop.Token);
Console.WriteLine($"Listening on {string.Join(", ", server.LocalEndPoints)}, Ctrl+C to stop");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
await server.StopAsync();
return 0;

static SslStreamCertificateContext SelfSigned()
{
    using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
    var names = new SubjectAlternativeNameBuilder();
    names.AddDnsName("localhost");
    names.AddIpAddress(IPAddress.Loopback);
    request.CertificateExtensions.Add(names.Build());
    using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
    return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null), null, offline: true);
}

sealed class OneUser(SmtpCredential credential) : ICredentialStore
{
    public ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) =>
        new(user.Equals(credential.User, StringComparison.OrdinalIgnoreCase) ? credential : null);
}
