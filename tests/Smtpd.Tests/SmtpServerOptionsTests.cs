namespace Smtpd.Tests;

public sealed class SmtpServerOptionsTests
{
    public static TheoryData<string, Action<SmtpServerOptions>> Impossible() => new()
    {
        { "HandlerFactory, OnMessage and OnNewMail", o => { o.OnMessage = (_, _) => new(SmtpReply.Ok); o.HandlerFactory = _ => new SmtpHandler(); } },
        { "Hostname", o => o.Hostname = string.Empty },
        { "Hostname", o => o.Hostname = "mx test" },
        { "Hostname", o => o.Hostname = "mx\r\n250 ok" },
        { "Hostname", o => o.Hostname = "büro.example" },
        { "Hostname", o => o.Hostname = new string('x', 256) },
        { "Address", o => o.Address = "2525" },
        { "Address", o => o.Address = "mail.example.com:25" },
        { "Address", o => o.Address = "127.0.0.1:99999" },
        { "Config.AddressMode", o => o.Config = new SmtpServerConfig { AddressMode = new AddressMode { Enabled = true } } },
        { "Config.WelcomeMessage", o => o.Config = new SmtpServerConfig { WelcomeMessage = new string('x', 500) } },
        { "Limits.CommandLineOctets", o => o.Limits = new SmtpLimits { CommandLineOctets = 511 } },
        { "Limits.ContentLineOctets", o => o.Limits = new SmtpLimits { ContentLineOctets = 999 } },
        { "Limits.MessageOctets", o => o.Limits = new SmtpLimits { MessageOctets = 0 } },
        { "Limits.DrainOctets", o => o.Limits = new SmtpLimits { DrainOctets = -1 } },
        { "Limits.Recipients", o => o.Limits = new SmtpLimits { Recipients = 0 } },
        { "Limits.Errors", o => o.Limits = new SmtpLimits { Errors = 0 } },
        { "Limits.Connections", o => o.Limits = new SmtpLimits { Connections = 0 } },
        { "Limits.ConnectionsPerAddress", o => o.Limits = new SmtpLimits { ConnectionsPerAddress = -1 } },
        { "Limits.MessagesPerConnection", o => o.Limits = new SmtpLimits { MessagesPerConnection = 0 } },
        { "Timeouts.Greeting", o => o.Timeouts = new SmtpTimeouts { Greeting = TimeSpan.Zero } },
        { "Timeouts.Command", o => o.Timeouts = new SmtpTimeouts { Command = TimeSpan.FromMilliseconds(10) } },
        { "Timeouts.Data", o => o.Timeouts = new SmtpTimeouts { Data = Timeout.InfiniteTimeSpan } },
        { "Timeouts.Write", o => o.WriteTimeout = TimeSpan.FromDays(60) },
        { "Timeouts.Connection", o => o.Timeouts = new SmtpTimeouts { Connection = TimeSpan.MaxValue } },
        { "Timeouts.MinimumDataRate", o => o.Timeouts = new SmtpTimeouts { MinimumDataRate = -1 } },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void Settings_that_cannot_work_are_named(string setting, Action<SmtpServerOptions> set)
    {
        var options = new SmtpServerOptions();
        set(options);

        var refusal = Assert.Throws<ArgumentException>(() => new SmtpServer(options));

        Assert.Contains(setting, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var options = new SmtpServerOptions { Hostname = "a b", Limits = new SmtpLimits { Errors = 0, Recipients = 0 } };

        var message = Assert.Throws<ArgumentException>(() => new SmtpServer(options)).Message;

        Assert.Contains("Hostname", message, StringComparison.Ordinal);
        Assert.Contains("Limits.Errors", message, StringComparison.Ordinal);
        Assert.Contains("Limits.Recipients", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_defaults_work()
    {
        await using var server = new SmtpServer(new SmtpServerOptions());

        Assert.Empty(server.LocalEndPoints);
        Assert.Equal(0, server.ConnectionCount);
    }

    [Theory]
    [InlineData("127.0.0.1:2525", "127.0.0.1:2525")]
    [InlineData("[::1]:25", "[::1]:25")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData(":2525", "[::]:2525")]
    [InlineData("unix:/run/smtpd.sock", "unix:/run/smtpd.sock")]
    public void Endpoints_are_read(string text, string printed) => Assert.Equal(printed, SmtpEndpoint.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("2525")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:0x19")]
    [InlineData("127.0.0.1: 25")]
    [InlineData("::1:25")]
    [InlineData("[127.0.0.1]:25")]
    [InlineData("example.com:25")]
    [InlineData("unix:relative")]
    public void What_is_no_endpoint_is_refused(string text)
    {
        Assert.False(SmtpEndpoint.TryParse(text, out _));
        Assert.Throws<FormatException>(() => SmtpEndpoint.Parse(text));
    }
}
