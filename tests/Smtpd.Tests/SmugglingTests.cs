using Smtpd.Protocol;
using Smtpd.Tests.Dialogues;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Tests;

/// <summary>Not some mixtures of CR, LF and dot, but all of them up to a length. Those with a name are in <c>Transcripts/rfc5321</c>.</summary>
public sealed class SmugglingTests
{
    private static readonly byte[] Alphabet = "\r\n.x"u8.ToArray();

    [Fact]
    public void Only_CRLF_dot_CRLF_ends_content_whatever_the_order_and_wherever_it_is_cut()
    {
        foreach (var wire in Wires(7))
        {
            var (content, _, end) = ContentLaw.Read(wire);
            for (var cut = 0; cut <= wire.Length; cut++)
            {
                var (read, taken) = Read(wire, cut);
                Assert.True(read.SequenceEqual(content) && taken == end, $"{Escapes.Encode(wire)} cut at {cut} is read as {Escapes.Encode([.. read])}, {taken} octets");
            }
        }
    }

    [Theory]
    [InlineData(BareLineBreaks.Preserve)]
    [InlineData(BareLineBreaks.Normalize)]
    [InlineData(BareLineBreaks.Reject)]
    public async Task A_session_sees_no_other_end_either(BareLineBreaks policy)
    {
        foreach (var wire in Wires(5))
        {
            var broken = await ContentLaw.CheckAsync(wire, static octets => octets.Chunk(1), policy, TimeSpan.FromSeconds(20));
            Assert.True(broken is null, broken);
        }
    }

    /// <summary>All words of at most so many letters, each with an end behind it.</summary>
    private static IEnumerable<byte[]> Wires(int longest)
    {
        for (var length = 0; length <= longest; length++)
        {
            for (var number = 0; number < 1 << (2 * length); number++)
            {
                var word = new byte[length];
                for (var at = 0; at < length; at++)
                    word[at] = Alphabet[(number >> (2 * at)) & 3];
                yield return [.. word, .. "\r\n.\r\n"u8];
            }
        }
    }

    private static (List<byte> Content, int Taken) Read(byte[] wire, int cut)
    {
        DotReader reader = default;
        List<byte> content = [];
        foreach (var (from, to) in new[] { (0, cut), (cut, wire.Length) })
        {
            ReadOnlyMemory<byte> input = wire.AsMemory(from..to);
            for (var result = reader.Read(ref input, out var piece); result != DotReader.Result.NeedInput; result = reader.Read(ref input, out piece))
            {
                if (result == DotReader.Result.End)
                    return (content, to - input.Length);
                content.AddRange(piece.Span);
            }
        }

        return (content, -1);
    }
}
