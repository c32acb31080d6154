using BenchmarkDotNet.Attributes;
using Smtpd.Commands;
using Smtpd.Protocol;

namespace Smtpd.Micro;

/// <summary>A command line, without its CRLF: the verb is looked up and what stands behind it is read.</summary>
public class CommandBenchmarks
{
    private readonly CommandSyntax syntax = new(SmtpExtensions.Default, SmtpLeniency.None);
    private readonly byte[] plainMail = "FROM:<sender@client.test>"u8.ToArray();
    private readonly byte[] mail = "FROM:<sender@client.test> SIZE=4096 BODY=8BITMIME RET=HDRS ENVID=QQ314159 AUTH=sender@client.test"u8.ToArray();
    private readonly byte[] plainRecipient = "TO:<user1@example.test>"u8.ToArray();
    private readonly byte[] recipient = "TO:<user1@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;user1@example.test"u8.ToArray();

    [Benchmark(Description = "MAIL")]
    public object? Mail() => Parse("MAIL"u8, plainMail);

    [Benchmark(Description = "MAIL with SIZE, BODY, RET, ENVID, AUTH")]
    public object? MailWithParameters() => Parse("MAIL"u8, mail);

    [Benchmark(Description = "RCPT")]
    public object? Rcpt() => Parse("RCPT"u8, plainRecipient);

    [Benchmark(Description = "RCPT with NOTIFY, ORCPT")]
    public object? RcptWithParameters() => Parse("RCPT"u8, recipient);

    private SmtpCommand Parse(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> arguments) =>
        VerbTable.Find(verb)!.Parse(arguments, syntax).Command ?? throw new InvalidOperationException("The command was refused.");
}
