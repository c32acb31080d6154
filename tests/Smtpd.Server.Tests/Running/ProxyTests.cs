using System.Globalization;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Behind nginx and HAProxy from their packages: who the client is, and whose mailbox.</summary>
public sealed class ProxyTests : IDisposable
{
    private const string MailModule = "/usr/lib/nginx/modules/ngx_mail_module.so";
    private const string Password = "pass word";

    // Another address of loopback than the proxy's own.
    private const string ClientAddress = "127.0.0.9";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("login")]
    [InlineData("cram-md5")]
    public async Task Through_nginx_a_user_sends_into_the_own_mailbox(string mechanism)
    {
        await using var program = await StartAsync("--set", "Proxy:AuthSecret=0123456789abcdef", "--set", "Smtp:CramMd5=true");
        (var nginx, var port) = await StartNginxAsync(program, "plain login cram-md5");
        await using (nginx)
        {
            await SendAsync(port, "--auth", mechanism, "--auth-user", "anna@y.test", "--auth-password", Password);
            var envelope = await EnvelopeAsync(program, mailbox: 2);
            Assert.Equal((ClientAddress, "client.x.test"), (envelope.GetProperty("remoteAddress").GetString(), envelope.GetProperty("helo").GetString()));

            (_, var output) = await ExternalProgram.TryAsync("swaks", null, [.. To(port), "--auth", mechanism, "--auth-user", "anna@y.test", "--auth-password", "wrong"]);
            Assert.Contains("535 5.7.8 Authentication credentials invalid", output, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, program.Log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Through_nginx_without_a_user_mail_goes_to_the_catch_all()
    {
        await using var program = await StartAsync("--set", "Proxy:AuthSecret=0123456789abcdef");
        (var nginx, var port) = await StartNginxAsync(program, "none");
        await using (nginx)
        {
            await SendAsync(port);
            Assert.Equal(ClientAddress, (await EnvelopeAsync(program, mailbox: 1)).GetProperty("remoteAddress").GetString());
        }
    }

    [Theory]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    [InlineData("send-proxy", "--tls")]
    [InlineData("send-proxy-v2", "--tls")]
    public async Task HAProxy_tells_the_client_by_a_PROXY_header(string option, params string[] arguments)
    {
        await using var program = await StartAsync("--smtp", "127.0.0.1:0+proxy", "--tls-self-signed");
        (var haproxy, var port) = await StartHAProxyAsync(program.EndPoint("smtp", 1).Port, option);
        await using (haproxy)
        {
            await SendAsync(port, arguments);
            Assert.Equal(ClientAddress, (await EnvelopeAsync(program, mailbox: 1)).GetProperty("remoteAddress").GetString());
        }
    }

    [Fact]
    public async Task Where_a_PROXY_header_is_expected_nobody_is_served_without()
    {
        await using var program = await StartAsync("--smtp", "127.0.0.1:0+proxy", "--set", "Smtp:Timeouts:ProxyHeader=1");
        string[] fromTheProxy = [.. To(program.EndPoint("smtp", 1).Port), "--local-interface", "127.0.0.1"];
        (_, var output) = await ExternalProgram.TryAsync("swaks", null, fromTheProxy);
        Assert.DoesNotContain("220 ", output, StringComparison.Ordinal);
        await ExternalProgram.RunAsync("swaks", null, [.. fromTheProxy, "--proxy-version", "1",
            "--proxy-family", "TCP4", "--proxy-source", "192.0.2.1", "--proxy-source-port", "1", "--proxy-dest", "192.0.2.2", "--proxy-dest-port", "25"]);
        Assert.Equal("192.0.2.1", (await EnvelopeAsync(program, mailbox: 1)).GetProperty("remoteAddress").GetString());
    }

    [Fact]
    public async Task Nobody_else_may_say_who_the_client_is()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--smtp", "127.0.0.1:0+proxy", "--set", "Proxy:Trusted=192.0.2.0/24");
        (var haproxy, var port) = await StartHAProxyAsync(program.EndPoint("smtp", 1).Port, "send-proxy-v2");
        await using (haproxy)
        {
            (_, var output) = await ExternalProgram.TryAsync("swaks", null, To(port));
            Assert.DoesNotContain("220 ", output, StringComparison.Ordinal);
        }

        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("XCLIENT ADDR=192.0.2.1 LOGIN=1", "5");
    }

    private static string[] To(int port) =>
    [
        "--server", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--local-interface", ClientAddress, "--timeout", "20",
        "--helo", "client.x.test", "--from", "a@x.test", "--to", "b@y.test", "--header", "Subject: by proxy",
    ];

    private static Task<string> SendAsync(int port, params string[] arguments) => ExternalProgram.RunAsync("swaks", null, [.. To(port), .. arguments]);

    private static async Task<JsonElement> EnvelopeAsync(SmtpdProcess program, int mailbox)
    {
        var list = await program.GetAsync($"/api/mailboxes/{mailbox}/messages");
        return list.GetProperty("messages")[0].GetProperty("envelope");
    }

    private async Task<SmtpdProcess> StartAsync(params string[] arguments)
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, Password,
            ["mailbox", "add", "anna", "--user", "anna@y.test", "--password-stdin", "--keep-clear-secret", "--data", directory["data"]]);
        Assert.True(exitCode == 0, error);
        return await SmtpdProcess.ServeAsync(directory["data"], ["--set", "Proxy:Trusted=127.0.0.1", .. arguments]);
    }

    private async Task<(ExternalProgram Program, int Port)> StartNginxAsync(SmtpdProcess program, string mechanisms)
    {
        if (!File.Exists(MailModule))
            Skips.Missing("nginx's mail module is not installed");
        var port = ExternalProgram.FreePort();
        await File.WriteAllTextAsync(directory["nginx.conf"], $$"""
            load_module {{MailModule}};
            daemon off;
            master_process off;
            pid {{directory["nginx.pid"]}};
            error_log stderr info;
            events { }
            mail {
              server_name mx.front.test;
              auth_http {{program.Http.BaseAddress!.Authority}}/nginx-auth;
              auth_http_header X-Auth-Secret 0123456789abcdef;
              xclient on;
              server { listen 127.0.0.1:{{port}}; protocol smtp; smtp_auth {{mechanisms}}; }
            }
            """, Cancel);
        var nginx = ExternalProgram.Start("nginx", null, "-p", directory.Path, "-e", "stderr", "-c", directory["nginx.conf"]);
        await nginx.WaitUntilAsync(() => ExternalProgram.AcceptsAsync(port), "listening");
        return (nginx, port);
    }

    private async Task<(ExternalProgram Program, int Port)> StartHAProxyAsync(int server, string option)
    {
        var port = ExternalProgram.FreePort();
        await File.WriteAllTextAsync(directory["haproxy.cfg"], $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 30s
              timeout server 30s
            listen smtp
              bind 127.0.0.1:{port}
              server smtpd 127.0.0.1:{server} {option}

            """, Cancel);
        var haproxy = ExternalProgram.Start("haproxy", null, "-db", "-f", directory["haproxy.cfg"]);
        await haproxy.WaitUntilAsync(() => ExternalProgram.AcceptsAsync(port), "listening");
        return (haproxy, port);
    }
}
