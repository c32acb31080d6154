using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Smtpd.Tests.Authentication;

/// <summary>Laws of every mechanism for every input: nothing throws, and nobody gets in by chance.</summary>
public sealed class SaslLawTests
{
    private static readonly string[] Pieces =
    [
        "\0", "\u0001", ",", "=", "n,", "y,", "p=tls-server-end-point,", "a=", "n=", "r=", "c=", "p=", "m=", "user", "tim", "pencil", "biws", "auth=", "Bearer ", "\u0001\u0001",
        "=2C", "é", "\u00ad", "\u202e", "AAAA", " ", "0123456789abcdef0123456789abcdef", "clientnonce",
    ];

    private static readonly SmtpAuthentication All = new()
    {
        Credentials = new DictionaryStore().Add("tim", "tanstaaf", keepsClear: true),
        BearerTokens = new NoToken(),
        ClientCertificates = (_, _, _) => default,
        CramMd5 = true,
        ScramIterations = 4096,
    };

    public static TheoryData<string> Names() => [.. All.CreateMechanisms().Select(mechanism => mechanism.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_octets_come_nothing_throws_and_nobody_gets_in(string name)
    {
        var octets = ArbMap.Default.GeneratorFor<byte[]>();
        var pieces = Gen.Elements(Pieces).ArrayOf().Select(each => Encoding.UTF8.GetBytes(string.Concat(each)));
        var responses = Gen.OneOf(octets, pieces).ArrayOf(4);
        foreach (var four in responses.Sample(400, 30))
        {
            var run = SaslRun.Of(All, name, SaslRun.Secure());
            if (four[0].Length % 2 == 0)
                await run.SayAsync(default(byte[]));
            foreach (var response in four)
            {
                var answer = await run.SayAsync(response);
                Assert.True(answer is ['+', ..] or "failed" or "malformed", answer);
                if (answer[0] != '+')
                    break;
            }
        }
    }

    private sealed class NoToken : IBearerTokenValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) => default;
    }
}
