using System.Collections;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Tests.Settings;

public sealed class SettingsTests
{
    private readonly List<string> problems = [];

    [Fact]
    public void Defaults_are_those_of_the_contract()
    {
        var settings = Read();
        Assert.Empty(problems);
        Assert.Equal("127.0.0.1:2525", Assert.Single(settings.Smtp.Endpoints).ToString());
        Assert.Equal("127.0.0.1:8025", settings.Http.Endpoint.ToString());
        Assert.Equal(Path.GetFullPath("smtpd-data"), settings.DataDirectory);
        Assert.Equal(("sqlite", 1, false), (settings.Store, settings.Smtp.CatchAll, settings.Smtp.AllowUnauthenticated));
        Assert.Equal((BareLineBreaks.Preserve, 35 << 20, 100), (settings.Smtp.BareLineBreaks, settings.Smtp.Limits.MessageOctets, settings.Smtp.ReceivedFields));
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromDays(1)), (settings.Smtp.Timeouts.Command, settings.Smtp.Timeouts.Connection));
    }

    [Theory]
    [InlineData("Smtp:Hostname", "mail.example")]
    [InlineData("Smtp:Limits:MessageBytes", "1000")]
    [InlineData("Smtp:Limits:Recipients", "5")]
    [InlineData("Smtp:Limits:Connections", "5")]
    [InlineData("Smtp:Limits:ConnectionsPerAddress", "5")]
    [InlineData("Smtp:Limits:MessagesPerConnection", "5")]
    [InlineData("Smtp:Limits:Errors", "5")]
    [InlineData("Smtp:Timeouts:Greeting", "5")]
    [InlineData("Smtp:Timeouts:Command", "00:00:05")]
    [InlineData("Smtp:Timeouts:Data", "5")]
    [InlineData("Smtp:Timeouts:Write", "5")]
    [InlineData("Smtp:Timeouts:Connection", "24:00:00", false)]
    [InlineData("Smtp:CatchAll", "")]
    [InlineData("Smtp:CatchAll", "7")]
    [InlineData("Smtp:AllowInsecureAuth", "true")]
    [InlineData("Smtp:SocketMode", "660")]
    [InlineData("Smtp:Timeouts:GreetingDelay", "0")]
    [InlineData("Smtp:Timeouts:ErrorDelay", "00:00:05")]
    [InlineData("Smtp:CramMd5", "true")]
    [InlineData("Smtp:ImplicitTlsEndpoints", "")]
    [InlineData("Smtp:LmtpEndpoints", "unix:/run/lmtp")]
    [InlineData("Proxy:Trusted", "10.0.0.0/8, 127.0.0.1, ::1, 2001:db8::/32")]
    [InlineData("Proxy:AuthServer", "127.0.0.1:25")]
    public void The_names_that_scripts_use_are_there(string key, string value, bool right = true)
    {
        Read(new GivenValue(key, value, "--set"));
        Assert.Equal(right, problems.Count == 0);
    }

    [Theory]
    [InlineData("Smtp:Limits:Recipients", "0", "a number from 1")]
    [InlineData("Smtp:Limits:Recipients", "-5", "a number from 1")]
    [InlineData("Smtp:Limits:Recipients", "5 ", "a number from 1")]
    [InlineData("Smtp:Limits:Recipients", "99999999999999999999", "a number from 1")]
    [InlineData("Smtp:Limits:MessageBytes", "10T", "`K`, `M` or `G`")]
    [InlineData("Smtp:Limits:MessageBytes", "9999999999G", "`K`, `M` or `G`")]
    [InlineData("Smtp:Limits:MessageBytes", "", "`K`, `M` or `G`")]
    [InlineData("Smtp:Timeouts:Data", "0", "from 1 second")]
    [InlineData("Smtp:Timeouts:Data", "1:2:3", "hh:mm:ss")]
    [InlineData("Smtp:CatchAll", "x", "id of a mailbox")]
    [InlineData("Smtp:BareLineBreaks", "1", "`Preserve`, `Normalize`, `Reject`")]
    [InlineData("Smtp:AllowUnauthenticated", "yes", "true or false")]
    [InlineData("Smtp:Endpoints", "2525", "host:port")]
    [InlineData("Smtp:Endpoints", "", "at least one")]
    [InlineData("Smtp:Endpoints", "::1:2525", "host:port")]
    [InlineData("Smtp:Endpoints", "127.0.0.1:65536", "host:port")]
    [InlineData("Smtp:Endpoints", "mail.example:25", "host:port")]
    [InlineData("Smtp:Endpoints", "unix:relative", "host:port")]
    [InlineData("Http:Endpoint", "127.0.0.1", "host:port")]
    [InlineData("Http:AllowedHosts", "a.test, *.b.test", "`*.b.test`")]
    [InlineData("Smtp:Hostname", "a b", "not a host name")]
    [InlineData("Smtp:SubmissionEndpoints", "smtp", "systemd:NAME")]
    [InlineData("Http:Endpoint", "systemd", "host:port")]
    [InlineData("Http:Endpoint", "127.0.0.1:80+proxy", "host:port")]
    [InlineData("Proxy:Trusted", "10.0.0.0/33", "a network such as 10.0.0.0/8")]
    [InlineData("Proxy:Trusted", "proxy.test", "neither an IP address")]
    [InlineData("Proxy:AuthServer", "localhost:25", "with an IP address")]
    [InlineData("Proxy:AuthServer", "127.0.0.1:0", "with an IP address")]
    [InlineData("Proxy:AuthSecret", "secret", "at least 16")]
    [InlineData("Proxy:AuthSecret", "secret secret secret", "without blanks")]
    [InlineData("Smtp:Tls:ClientCertificates", "Maybe", "`Request`")]
    [InlineData("Smtp:SocketMode", "0660", "three octal digits")]
    [InlineData("Smtp:SocketMode", "668", "three octal digits")]
    [InlineData("Smtp:Timeouts:GreetingDelay", "61", "to 1 minute")]
    [InlineData("Store", "mysql", "`sqlite`, `null` or postgres://")]
    [InlineData("Store", "postgres://u:secret@h", "must name a database")]
    [InlineData("Store", "postgres://u:secret@h/d?sslmod=x", "known are")]
    public void A_wrong_value_is_named_with_what_is_allowed(string key, string value, string allowed)
    {
        Read(new GivenValue(key, value, "--set"));
        var problem = Assert.Single(problems);
        Assert.StartsWith($"--set: {key}: ", problem, StringComparison.Ordinal);
        Assert.Contains(allowed, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Smtp:Hostnam", "did you mean Smtp:Hostname?")]
    [InlineData("Stmp:Hostname", "did you mean Smtp:Hostname?")]
    [InlineData("Smtp:Limits:Recipient", "did you mean Smtp:Limits:Recipients?")]
    [InlineData("Something:Else", "docs/options.md")]
    public void A_key_that_does_not_exist_is_an_error(string key, string hint)
    {
        Read(new GivenValue(key, "1", "smtpd.json"));
        Assert.Contains(hint, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        Read(new GivenValue("Nothing", "1", "a"), new GivenValue("Store", "x", "b"), new GivenValue("Log:Level", "x", "c"));
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public void Keys_may_be_written_in_any_case_and_later_ones_win()
    {
        var settings = Read(new GivenValue("SMTP:ERRORS", "x", "a"), new GivenValue("smtp:limits:errors", "x", "b"), new GivenValue("Smtp:Limits:Errors", "7", "c"));
        Assert.Single(problems); // Smtp:Errors does not exist
        Assert.Equal(7, settings.Smtp.Limits.Errors);
    }

    [Theory]
    [InlineData("127.0.0.1:2525", true)]
    [InlineData("127.9.9.9:2525", true)]
    [InlineData("[::1]:2525", true)]
    [InlineData("localhost:2525", true)]
    [InlineData("unix:/run/smtpd.sock", true)]
    [InlineData(":2525", false)]
    [InlineData("0.0.0.0:2525", false)]
    [InlineData("[::]:2525", false)]
    [InlineData("192.0.2.1:2525", false)]
    public void An_address_that_others_can_reach_must_be_meant(string address, bool loopback)
    {
        Read(new GivenValue("Smtp:Endpoints", address, "--smtp"), new GivenValue("Http:Endpoint", address, "--http"));
        Assert.Equal(loopback ? 0 : 2, problems.Count);
        Assert.All(problems, each => Assert.Contains("AllowUnauthenticated=true", each, StringComparison.Ordinal));
        Assert.Equal(loopback ? 0 : 1, problems.Count(each => each.Contains("Smtp:RequireAuth=true", StringComparison.Ordinal)));

        problems.Clear();
        var settings = Read(
            new GivenValue("Smtp:Endpoints", address, "--smtp"), new GivenValue("Smtp:AllowUnauthenticated", "true", "--set"),
            new GivenValue("Http:Endpoint", address, "--http"), new GivenValue("Http:AllowUnauthenticated", "true", "--set"));
        Assert.Empty(problems);
        Assert.Equal(address, settings.Smtp.Endpoints[0].ToString());
    }

    [Theory]
    [InlineData(0, "Smtp:RequireAuth=true", "Smtp:AllowInsecureAuth=true", "Smtp:Endpoints=:25")]
    [InlineData(0, "Smtp:RequireAuth=true", "Smtp:Tls:SelfSigned=true", "Smtp:Endpoints=:25", "Smtp:ImplicitTlsEndpoints=:465")]
    [InlineData(0, "Smtp:Tls:SelfSigned=true", "Smtp:SubmissionEndpoints=:587")]
    [InlineData(1, "Smtp:Tls:SelfSigned=true", "Smtp:ImplicitTlsEndpoints=:465")]
    [InlineData(1, "Smtp:RequireAuth=true", "Smtp:Tls:SelfSigned=true", "Smtp:LmtpEndpoints=:24")]
    [InlineData(0, "Smtp:AllowUnauthenticated=true", "Smtp:LmtpEndpoints=:24")]
    public void Whoever_asks_for_credentials_may_open_a_port(int expected, params string[] given)
    {
        Read([.. SettingsSources.FromArguments(given, problems)]);
        Assert.Equal(expected, problems.Count(each => each.Contains("others can reach it", StringComparison.Ordinal)));
        Assert.Equal(expected, problems.Count);
    }

    [Theory]
    [InlineData("needs TLS, as AUTH is not offered in clear", "Smtp:RequireAuth=true")]
    [InlineData("SMTPS address 127.0.0.1:465: this needs a certificate", "Smtp:ImplicitTlsEndpoints=127.0.0.1:465")]
    [InlineData("Submission address :587: this needs a certificate", "Smtp:SubmissionEndpoints=:587")]
    [InlineData("choose one of them", "Smtp:Tls:SelfSigned=true", "Smtp:Tls:Certificate=a.pem")]
    [InlineData("name the certificate's file too", "Smtp:Tls:Key=a.key")]
    [InlineData("needs Smtp:Tls:ClientAuthorities", "Smtp:Tls:ClientCertificates=Request", "Smtp:Tls:SelfSigned=true")]
    [InlineData("SMTP address 127.0.0.1:25+proxy: nobody is trusted to send a PROXY header there", "Smtp:Endpoints=127.0.0.1:25+proxy")]
    [InlineData("needs a certificate of the server", "Smtp:Tls:ClientCertificates=Request", "Smtp:Tls:ClientAuthorities=ca.pem")]
    public void What_does_not_go_together_is_explained(string expected, params string[] given)
    {
        Read([.. SettingsSources.FromArguments(given, problems)]);
        Assert.Contains(expected, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("systemd", "", false)]
    [InlineData("systemd:smtp", "smtp", false)]
    [InlineData("systemd:smtp+proxy", "smtp", true)]
    [InlineData("127.0.0.1:25+proxy", null, true)]
    [InlineData("unix:/run/smtp+proxy", null, true)]
    public void An_address_says_more_than_where(string text, string? systemdName, bool expectsProxyHeader)
    {
        var address = Read(new GivenValue("Smtp:Endpoints", text, "--smtp"), new GivenValue("Proxy:Trusted", "127.0.0.1/32", "--set")).Smtp.Endpoints[0];
        Assert.Empty(problems);
        Assert.Equal((systemdName, expectsProxyHeader, text), (address.SystemdName, address.ExpectsProxyHeader, address.ToString()));
    }

    [Theory]
    [InlineData("none", SmtpLeniency.None)]
    [InlineData("TrailingDot", SmtpLeniency.TrailingDot)]
    [InlineData("bareLineFeed, MissingAngleBrackets", SmtpLeniency.BareLineFeed | SmtpLeniency.MissingAngleBrackets)]
    public void Leniency_is_a_list_of_names(string text, SmtpLeniency expected)
    {
        Assert.Equal(expected, Read(new GivenValue("Smtp:Leniency", text, "--set")).Smtp.Leniency);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4")]
    [InlineData("TrailingDot,Nonsense")]
    public void A_leniency_nobody_knows_is_refused(string text)
    {
        Read(new GivenValue("Smtp:Leniency", text, "--set"));
        Assert.Contains("must be any of `None`, `MissingAngleBrackets`, `TrailingDot`, `BareLineFeed`", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_flattened()
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["a.json"], """
            {
              "$schema": "ignored",
              // comments and a trailing comma are fine
              "Smtp": { "Limits": { "Errors": 7 }, "Endpoints": ["127.0.0.1:1", "[::1]:2"], "AllowUnauthenticated": true },
              "Store": "null",
            }
            """);
        var settings = Read([.. SettingsSources.FromFile(directory["a.json"], problems)]);
        Assert.Empty(problems);
        Assert.Equal((7, 2, true, "null"), (settings.Smtp.Limits.Errors, settings.Smtp.Endpoints.Count, settings.Smtp.AllowUnauthenticated, settings.Store));
    }

    [Theory]
    [InlineData("{", "not readable as JSON (line 1")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"Smtp":{"Endpoints":[1]}}""", "array of strings")]
    public void A_file_that_is_wrong_is_explained(string json, string expected)
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["a.json"], json);
        SettingsSources.FromFile(directory["a.json"], problems);
        Assert.Contains(expected, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_file_must_be_there()
    {
        Assert.Empty(SettingsSources.FromFile("/nowhere/smtpd.json", problems));
        Assert.Contains("no such file", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_are_read_by_their_prefix()
    {
        Hashtable variables = new() { ["SMTPD__Smtp__Limits__Errors"] = "7", ["smtpd__store"] = "null", ["SMTPD_OTHER"] = "x", ["PATH"] = "x" };
        var settings = Read([.. SettingsSources.FromEnvironment(variables)]);
        Assert.Empty(problems);
        Assert.Equal((7, "null"), (settings.Smtp.Limits.Errors, settings.Store));
    }

    [Fact]
    public void An_assignment_needs_an_equals_sign()
    {
        var value = Assert.Single(SettingsSources.FromArguments(["Smtp:Hostname=a=b", "Smtp:Hostname"], problems));
        Assert.Equal(("Smtp:Hostname", "a=b"), (value.Key, value.Value));
        Assert.Contains("Section:Key=value", Assert.Single(problems), StringComparison.Ordinal);
    }

    private ServerSettings Read(params GivenValue[] given) => SettingsReader.Read(given, problems);
}
