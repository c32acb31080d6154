using System.Text;
using Smtpd.Authentication;

namespace Smtpd.Tests.Authentication;

public sealed class SaslPrepTests
{
    // Wrong in Unicode 3.2 and corrected since (Unicode Corrigendum 4); clients have the newer reading, Python's 3.2 the older.
    private static readonly int[] Corrected = [0x2F868, 0x2F874, 0x2F91F, 0x2F95F, 0x2F9BF];

    // RFC 4013 §3, then one for each rule of §2 and some that normal forms get wrong.
    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00aa", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("\u0007", null)]
    [InlineData("\u0627\u0031", null)]
    [InlineData("", null)]
    [InlineData("a\u00a0b\u3000c", "a b c")]
    [InlineData("\u200b", " ")]
    [InlineData("e\u0301", "é")]
    [InlineData("\u0627\u0031\u0628", "\u0627\u0031\u0628")]
    [InlineData("\u0627a\u0628", null)]
    [InlineData("a\u007f", null)]
    [InlineData("a\u0085", null)]
    [InlineData("a\ue000", null)]
    [InlineData("a\uffff", null)]
    [InlineData("a\U0001fffe", null)]
    [InlineData("a\ufffd", null)]
    [InlineData("a\u2ff0", null)]
    [InlineData("a\u0340", "à")] // prohibited, and yet mapped first by the normal form
    [InlineData("a\u202e", null)]
    [InlineData("a\U000e0041", null)]
    [InlineData("\uff21\uff22", "AB")]
    [InlineData("\u1100\u1161\u11a8", "각")]
    [InlineData("각", "각")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1e9b\u0323", "\u1e69")]
    [InlineData("\ufb01", "fi")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("🔑", "🔑")]
    public void Texts_are_prepared(string text, string? expected)
    {
        Assert.Equal(expected is not null, SaslPrep.TryPrepare(text, out var prepared));
        Assert.Equal(expected, prepared);
    }

    [Fact]
    public void Half_a_character_is_refused() => Assert.False(SaslPrep.TryPrepare("a" + '\ud800', out _));

    [Fact]
    public void A_heap_of_marks_takes_no_time() =>
        Assert.True(SaslPrep.TryPrepare("a" + string.Concat(Enumerable.Range(0, 50_000).Select(i => i % 2 == 0 ? '\u0323' : '\u0301')), out _));

    /// <summary>Python has the tables and the normal form from elsewhere.</summary>
    [Fact]
    public async Task Python_prepares_the_same()
    {
        var random = new Random(3454);
        List<string> texts = [.. Enumerable.Range(1, 0x2FFFF).Concat(Enumerable.Range(0xE0000, 0x200)).Where(code => Rune.IsValid(code) && !IsPlainIdeograph(code) && !Corrected.Contains(code)).Select(code => new Rune(code).ToString()).Where(text => text is not ("\n" or "\r"))];
        // Texts of what is near to each other in Unicode, where marks and letters meet.
        int[] starts = [0x41, 0xC0, 0x2B0, 0x300, 0x300, 0x340, 0x390, 0x5B0, 0x620, 0x640, 0x930, 0x9C0, 0xDC0, 0x1100, 0x1160, 0x11A0, 0x1E00, 0x1F00, 0x2000, 0x3040, 0x3099, 0xAC00, 0xF900, 0xFB1D, 0x1D15E];
        for (var i = 0; i < 40_000; i++)
            texts.Add(string.Concat(Enumerable.Range(0, random.Next(2, 7)).Select(_ => new Rune(starts[random.Next(starts.Length)] + random.Next(40)).ToString())));
        var lines = texts.Select(text => Convert.ToHexString(Encoding.UTF8.GetBytes(text))).ToList();

        var answers = await Foreign.PythonAsync(
            """
            import stringprep, sys
            from unicodedata import ucd_3_2_0 as u
            prohibited = (stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
                          stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9)
            def prepare(text):
                text = ''.join(' ' if stringprep.in_table_c12(c) else c for c in text)
                text = u.normalize('NFKC', ''.join(c for c in text if not stringprep.in_table_b1(c)))
                if not text or any(f(c) for c in text for f in prohibited): return None
                if any(map(stringprep.in_table_d1, text)):
                    if any(map(stringprep.in_table_d2, text)) or not stringprep.in_table_d1(text[0]) or not stringprep.in_table_d1(text[-1]): return None
                return text
            for line in sys.stdin:
                text = bytes.fromhex(line).decode()
                # Of characters that 3.2 does not have, Python takes the order from a later version.
                if len(text) > 1 and any(map(stringprep.in_table_a1, text)):
                    print('?')
                    continue
                text = prepare(text)
                print('-' if text is None else text.encode().hex().upper())
            """,
            string.Join('\n', lines) + "\n");

        var expected = answers.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Count, expected.Length);
        Assert.InRange(expected.Count(each => each == "?"), 1, 30_000);
        var wrong = texts.Where((text, i) => expected[i] != "?" && expected[i] != (SaslPrep.TryPrepare(text, out var prepared) ? Convert.ToHexString(Encoding.UTF8.GetBytes(prepared)) : "-"));
        Assert.Equal([], wrong.Take(20).Select(text => string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X4", System.Globalization.CultureInfo.InvariantCulture)))));
    }

    private static bool IsPlainIdeograph(int code) => code is (> 0x4F00 and < 0x9F00) or (> 0x20100 and < 0x2A600);
}
