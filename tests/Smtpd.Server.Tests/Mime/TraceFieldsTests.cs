using System.Text;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

public sealed class TraceFieldsTests
{
    [Fact]
    public void One_recipient_is_named()
    {
        Assert.Equal(
            "Return-Path: <a@x.test>\r\nReceived: from client ([192.0.2.1])\r\n\tby mx with ESMTP id 0000000000016\r\n\tfor <b@y.test>;\r\n\tThu, 1 Jan 1970 00:00:00 +0000\r\n",
            Print(new("a@x.test", 1, "client", "192.0.2.1", "mx", "ESMTP", null, null), "b@y.test"));
    }

    [Fact]
    public void Several_recipients_are_not_told_of_each_other()
    {
        Assert.DoesNotContain("for <", Print(new("", 2, "client", null, "mx", "SMTP", null, null), "b@y.test", "c@y.test"), StringComparison.Ordinal);
        // One of two in this mailbox: the other is in another one.
        Assert.DoesNotContain("for <", Print(new("", 2, "client", null, "mx", "SMTP", null, null), "b@y.test"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2001:db8::1", "([IPv6:2001:db8::1])")]
    [InlineData("::ffff:192.0.2.1", "([192.0.2.1])")]
    [InlineData("fe80::1%2", "([IPv6:fe80::1])")]
    public void Addresses_are_literals(string address, string expected) =>
        Assert.Contains($"from client {expected}\r\n", Print(new("", 1, "client", address, "mx", "SMTP", null, null), "b@y.test"), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\r\nX-Evil: 1")]
    [InlineData("a\nb")]
    [InlineData("a b")]
    [InlineData("a(b")]
    [InlineData("a;b")]
    [InlineData("")]
    public void No_hello_becomes_a_field(string helo)
    {
        var trace = Print(new(helo, 1, helo, "192.0.2.1", helo, helo, $"{helo} {helo}", helo), helo);
        Assert.Contains("from unknown ([192.0.2.1])", trace, StringComparison.Ordinal);
        Assert.All(trace.Split("\r\n")[..^1], line => Assert.True(line.StartsWith("Return-Path: ", StringComparison.Ordinal) || line.StartsWith("Received: ", StringComparison.Ordinal) || line.StartsWith('\t'), line));
        Assert.DoesNotContain('\n', trace.Replace("\r\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[192.0.2.7]")]
    [InlineData("[IPv6:2001:db8::7]")]
    [InlineData("b\u00fccher.test")]
    public void A_domain_or_literal_is_repeated(string helo) =>
        Assert.Contains($"from {helo} ([192.0.2.1])", Print(new("", 1, helo, "192.0.2.1", "mx", "SMTP", null, null), "b@y.test"), StringComparison.Ordinal);

    [Fact]
    public void Tls_is_told_by_its_cipher_suite()
    {
        MessageEnvelope envelope = new("", 1, "client", null, "mx", "ESMTPSA", "TLSv1.3 TLS_AES_256_GCM_SHA384", "anna");
        Assert.EndsWith("with ESMTPSA id 0000000000016\r\n\tfor <b@y.test>\r\n\ttls TLS_AES_256_GCM_SHA384 (TLSv1.3);\r\n\tThu, 1 Jan 1970 00:00:00 +0000\r\n",
            Print(envelope, "b@y.test"), StringComparison.Ordinal);
        Assert.DoesNotContain("anna", Print(envelope, "b@y.test"), StringComparison.Ordinal);
    }

    private static string Print(MessageEnvelope envelope, params string[] recipients) => Encoding.UTF8.GetString(TraceFields.For(
        new Message(1, 1, new MessageId(38), DateTimeOffset.UnixEpoch, 1, default, envelope, recipients, HeaderSummary.Empty, MessageFlags.None)));
}
