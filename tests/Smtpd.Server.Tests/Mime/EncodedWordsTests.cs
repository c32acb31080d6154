using Smtpd.Server.Mime;

namespace Smtpd.Server.Tests.Mime;

public sealed class EncodedWordsTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?ISO-8859-1?Q?a_b?=", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?=   \t=?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?= b =?ISO-8859-2?Q?_c?=", "a b  c")]
    [InlineData("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore")]
    [InlineData("=?utf-8?b?w7w=?=", "\u00fc")]
    [InlineData("=?utf-8?B?8J+O?= =?utf-8?B?iQ==?=", "\ud83c\udf89")] // one character over two words
    [InlineData("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "\u00fc")]
    [InlineData("=?gb2312?B?lIA=?=", "\u6522")] // GBK, labelled as its subset
    [InlineData("=?iso-8859-1?Q?=93a=94?=", "\u201ca\u201d")] // windows-1252, labelled as its subset
    [InlineData("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "\u3053\u3093\u306b\u3061\u306f")]
    [InlineData("=?ks_c_5601-1987?B?x9GxuQ==?=", "\ud55c\uad6d")]
    [InlineData("[SPAM]=?utf-8?B?YQ==?=", "[SPAM]a")]
    [InlineData("=?utf-8?Q?a b c?=", "a b c")] // blanks inside
    [InlineData("=?utf-8?Q?a?b?=", "a?b")]
    [InlineData("=?utf-8?Q?=XY=4?=", "=XY=4")]
    [InlineData("=?utf-8?B?YQ?=", "a")]
    [InlineData("=?utf-8?B?Y*Q=?=", "a")]
    [InlineData("=?utf-8?Q?abc", "abc")] // cut off
    [InlineData("=?utf-8?Q?abc and more", "abc and more")]
    [InlineData("=?utf-8?Q?abc =?utf-8?Q?def?=", "abc def")]
    [InlineData("=?utf-8?X?abc?=", "=?utf-8?X?abc?=")]
    [InlineData("=?utf-8?Q", "=?utf-8?Q")]
    [InlineData("=?utf-8", "=?utf-8")]
    [InlineData("=?", "=?")]
    [InlineData("=??Q?a?=", "=??Q?a?=")]
    [InlineData("=?no-such?Q?=C3=BC?=", "\u00fc")]
    [InlineData("=?no-such?Q?=FC?=", "\u00fc")]
    [InlineData("=?utf-7?Q?+ADw-script+AD4-?=", "+ADw-script+AD4-")] // never: it hides markup
    [InlineData("=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x")] // no new line
    [InlineData("\u00fc =?utf-8?Q?\u00e4?=", "\u00fc \u00e4")]
    public void Words_are_decoded(string text, string expected) => Assert.Equal(expected, EncodedWords.Decode(text));

    [Fact]
    public void What_is_wrong_is_told()
    {
        EncodedWords.Decode("=?utf-8?Q?abc", out var broken);
        EncodedWords.Decode("=?no-such?Q?abc?=", out var unknown);
        EncodedWords.Decode("=?utf-8?Q?abc?=", out var none);
        EncodedWords.Decode(string.Concat(Enumerable.Repeat("=?a?Q?a?=", 6000)), out var many);
        Assert.Equal((EncodedWordFaults.Broken, EncodedWordFaults.UnknownCharset, EncodedWordFaults.None), (broken, unknown, none));
        Assert.True(many.HasFlag(EncodedWordFaults.TooMany));
    }
}
