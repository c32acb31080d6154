using Smtpd.Addresses;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Addresses;

/// <summary>xtext of RFC 3461 §4 and the embedded characters of RFC 6533 §3. Octets are written as transcripts write them.</summary>
public sealed class XtextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "abc")]
    [InlineData("a+2Bb", "a+b")]
    [InlineData("+3D+20+2B", "= +")]
    [InlineData("a+40b", "a@b")]
    [InlineData("+C3+B6", "ö")]
    [InlineData("\\xc3\\xb6", "ö")]
    public void Decodes(string xtext, string text)
    {
        Assert.True(Xtext.TryDecode(Escapes.Decode(xtext), out var decoded));
        Assert.Equal(text, decoded);
    }

    [Theory]
    [InlineData("+")]
    [InlineData("a+")]
    [InlineData("a+2")]
    [InlineData("a+2b")]
    [InlineData("a+GG")]
    [InlineData("a++2B")]
    [InlineData("a=b")]
    [InlineData("a b")]
    [InlineData("a\\tb")]
    [InlineData("a\\0b")]
    [InlineData("a\\x7fb")]
    [InlineData("a+00b")]
    [InlineData("a+0D+0Ab")]
    [InlineData("a+7F")]
    [InlineData("+C2+85")]
    [InlineData("+E2+80+A8")]
    [InlineData("+C3")]
    [InlineData("+C0+8A")]
    [InlineData("+ED+A0+80")]
    [InlineData("\\xff")]
    public void Refuses(string xtext) => Assert.False(Xtext.TryDecode(Escapes.Decode(xtext), out _));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData(@"j\x{F6}rg", "jörg")]
    [InlineData(@"\x{1F600}", "😀")]
    [InlineData(@"\x{5C}\x{2B}", @"\+")]
    public void Decodes_embedded_characters(string text, string expected)
    {
        Assert.True(Xtext.TryDecodeEmbedded(text, out var decoded));
        Assert.Equal(expected, decoded);
    }

    [Theory]
    [InlineData(@"\")]
    [InlineData(@"\x")]
    [InlineData(@"\x{")]
    [InlineData(@"\x{}")]
    [InlineData(@"\x{F6")]
    [InlineData(@"\xF6}")]
    [InlineData(@"\y{F6}")]
    [InlineData(@"\x{-1}")]
    [InlineData(@"\x{ F6}")]
    [InlineData(@"\x{D800}")]
    [InlineData(@"\x{110000}")]
    [InlineData(@"\x{0000000F6}")]
    [InlineData(@"\x{0D}\x{0A}")]
    [InlineData(@"\x{85}")]
    [InlineData(@"\x{2028}")]
    public void Refuses_embedded_characters(string text) => Assert.False(Xtext.TryDecodeEmbedded(text, out _));
}
