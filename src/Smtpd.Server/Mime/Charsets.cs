using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;

namespace Smtpd.Server.Mime;

/// <summary>The encodings behind charset names, as mail uses the names: <c>gb2312</c> is read as its superset GB 18030, <c>iso-8859-1</c> as windows-1252.</summary>
internal static class Charsets
{
    private const int MaximumNameLength = 64;
    private const int Windows1252 = 1252;
    private const int Iso2022Jp = 50220;

    // Names that .NET does not know, or where its reading is narrower than what senders mean. UTF-7 (RFC 2152) is left out on purpose:
    // it hides markup from whatever looked at the octets before.
    private static readonly FrozenDictionary<string, int> CodePages = new (int Page, string Names)[]
    {
        (65001, "utf8 utf_8 utf-8n unicode-1-1-utf-8 x-unicode-2-0-utf-8 utf-8mb4"),
        (1201, "utf-16 iso-10646-ucs-2 ucs-2"),
        (1252, "iso-8859-1 iso8859-1 iso_8859-1 iso88591 8859-1 latin1 latin-1 l1 cp1252 win-1252 ansi"),
        (1254, "iso-8859-9 latin5 cp1254"),
        (1255, "iso-8859-8 iso-8859-8-i iso-8859-8-e cp1255"),
        (1250, "cp1250"),
        (1251, "cp1251 win-1251"),
        (1253, "cp1253"),
        (1256, "cp1256"),
        (1257, "cp1257"),
        (1258, "cp1258"),
        (28592, "latin2 iso8859-2"),
        (28595, "iso-8859-5 iso8859-5"),
        (28597, "iso8859-7"),
        (28605, "iso-8859-15 iso8859-15 latin9 latin-9"),
        (874, "iso-8859-11 tis-620 cp874"),
        (54936, "gb2312 gb_2312-80 gb2312-80 euc-cn gbk x-gbk cp936 ms936 windows-936 chinese gb18030 gb18030-2000 eucgb2312_cn euc_cn csgb2312"),
        (950, "big5 big-5 big5-hkscs big5_tw csbig5 cp950 x-x-big5"),
        (949, "ks_c_5601-1987 ks_c_5601 ksc5601 ksc_5601 euc-kr uhc cp949 windows-949 korean euc_kr euckr"),
        (932, "shift_jis shift-jis sjis x-sjis ms_kanji cp932 windows-31j csshiftjis"),
        (50220, "iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-ms iso2022_jp iso2022jp csiso2022jp cp50220"),
        (51932, "euc-jp x-euc-jp eucjp euc_jp"),
        (20866, "koi8-r koi8r koi8"),
        (21866, "koi8-u"),
        (866, "cp866 ibm866"),
        (10000, "macintosh mac x-mac-roman macroman"),
    }
    .SelectMany(each => each.Names.Split(' '), (each, name) => KeyValuePair.Create(name, each.Page)).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // Names that promise no more than ASCII, or nothing: the octets tell.
    private static readonly FrozenSet<string> Silent = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "", "us-ascii", "ascii", "us", "ansi_x3.4-1968", "iso646-us", "default", "default_charset", "unknown-8bit", "x-unknown", "unknown", "x-user-defined", "8bit", "7bit", "none", "binary");

    /// <summary>The encoding, or <c>null</c> where the name says nothing about octets above 127 or is not known. Wrong octets become U+FFFD.</summary>
    public static Encoding? Find(string? name, out bool isKnown)
    {
        isKnown = true;
        name = name?.Trim(' ', '\t', '"', '\'') ?? "";
        if (Silent.Contains(name))
            return null;
        var found = name.Length > MaximumNameLength ? null : CodePages.TryGetValue(name, out var page) ? ByCodePage(page) : ByName(name);
        isKnown = found is not null;
        return found;
    }

    /// <summary>The octets as text: in this encoding, or without one as UTF-8 if that is what they are, otherwise as <paramref name="fallback"/> or windows-1252.</summary>
    public static string Decode(ReadOnlySpan<byte> octets, Encoding? encoding, Encoding? fallback = null)
    {
        string text;
        if (encoding is null || (octets.StartsWith(Encoding.UTF8.Preamble) && Utf8.IsValid(octets)))
        {
            text = Guess(octets, fallback);
        }
        else
        {
            var rest = WithoutPreamble(octets, ref encoding);
            text = encoding.GetString(rest);
        }

        return text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\ufffd') : text; // PostgreSQL has no place for it in a text
    }

    private static string Guess(ReadOnlySpan<byte> octets, Encoding? fallback)
    {
        if (octets.StartsWith(Encoding.UTF8.Preamble))
            octets = octets[3..];
        if (LooksLikeIso2022Jp(octets))
            return ByCodePage(Iso2022Jp)!.GetString(octets);
        return (Utf8.IsValid(octets) ? Encoding.UTF8 : fallback ?? ByCodePage(Windows1252)!).GetString(octets);
    }

    // ESC $ or ESC ( among octets that are otherwise all ASCII: old Japanese mail names no charset in its header fields.
    private static bool LooksLikeIso2022Jp(ReadOnlySpan<byte> octets)
    {
        var escape = octets.IndexOf("\u001b$"u8);
        return escape >= 0 && escape + 2 < octets.Length && octets[escape + 2] is (byte)'B' or (byte)'@' && Ascii.IsValid(octets);
    }

    // A mark at the beginning says more of UTF-16 than the name, and is not part of the text.
    private static ReadOnlySpan<byte> WithoutPreamble(ReadOnlySpan<byte> octets, ref Encoding encoding)
    {
        if (octets.StartsWith(Encoding.UTF8.Preamble) && encoding.CodePage == Encoding.UTF8.CodePage)
            return octets[3..];
        if (encoding.CodePage is not (1200 or 1201) || octets.Length < 2)
            return octets;
        if (octets is [0xff, 0xfe, ..])
            encoding = Encoding.Unicode;
        else if (octets is [0xfe, 0xff, ..])
            encoding = Encoding.BigEndianUnicode;
        else
            return octets;
        return octets[2..];
    }

    private static Encoding? ByCodePage(int page) => page switch
    {
        65001 => Encoding.UTF8,
        1200 => Encoding.Unicode,
        1201 => Encoding.BigEndianUnicode,
        _ => CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ReplacementFallback, Replacement),
    };

    private static readonly DecoderReplacementFallback Replacement = new("\ufffd");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.+()");

    private static Encoding? ByName(string name)
    {
        if (name.AsSpan().ContainsAnyExcept(NameCharacters) || name.Contains("utf-7", StringComparison.OrdinalIgnoreCase))
            return null;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, Replacement)
                ?? Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, Replacement);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null; // .NET has no question form of this call
        }
    }
}
