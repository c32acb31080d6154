using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Load;

/// <summary>The least that a server in C# can cost: it looks for the ends of lines and of content, and answers what it always answers. Nothing is checked, limited or kept.</summary>
internal sealed class BareServer : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly X509Certificate2 certificate = MakeCertificate();

    public BareServer(int port)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
            _ = ServeAsync(await listener.AcceptAsync(cancellationToken));
    }

    public void Dispose()
    {
        listener.Dispose();
        certificate.Dispose();
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            await using NetworkStream plain = new(socket, ownsSocket: true);
            await plain.WriteAsync("220 bare\r\n"u8.ToArray());
            if (await new BareDialogue(plain).RunAsync())
                return;
            await using SslStream secret = new(plain);
            await secret.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
            await new BareDialogue(secret).RunAsync();
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}
