using System.Collections.Frozen;
using System.Text;

namespace Smtpd.Server.Search;

/// <summary>
/// Letters without their accents, in lower case: <c>É</c> is <c>e</c>, <c>ß</c> is <c>ss</c>. A table of our own, because <see cref="string.Normalize()"/> does nothing
/// without ICU, and because an index must not change with the machine that reads it.
/// </summary>
internal static class SearchFolding
{
    // What Unicode decomposes, and what it does not but people type without (ø, ł, ß). Cyrillic й and Arabic أ are here because other systems send them in two characters.
    private static readonly FrozenDictionary<char, string> s_folded = Table(
        "a àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặẚ", "ae æǣǽ", "b ḃḅḇ", "c çćĉċčḉ", "d ďḋḍḏḑḓđð", "dz ǆǳ", "e èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ", "f ḟƒ", "ff ﬀ", "ffi ﬃ", "ffl ﬄ", "fi ﬁ", "fl ﬂ",
        "g ĝğġģǧǵḡǥ", "h ĥȟḣḥḧḩḫẖħ", "i ìíîïĩīĭįǐȉȋḭḯỉịıİ", "ij ĳ", "j ĵǰ", "k ķǩḱḳḵĸ", "l ĺļľḷḹḻḽŀł", "lj ǉ", "m ḿṁṃ", "n ñńņňǹṅṇṉṋŉŋ", "nj ǌ", "o òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợøǿ",
        "oe œ", "p ṕṗ", "r ŕŗřȑȓṙṛṝṟ", "s śŝşšſșṡṣṥṧṩẛ", "ss ß", "st ﬅﬆ", "t ţťțṫṭṯṱẗŧ", "th þ", "u ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự", "v ṽṿ", "w ŵẁẃẅẇẉẘ", "x ẋẍ", "y ýÿŷȳẏẙỳỵỷỹ", "z źżžẑẓẕƶ", "ʒ ǯ",
        "α άἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ", "β ϐ", "ε έϵἐἑἒἓἔἕὲέ", "η ήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ", "θ ϑ", "ι ΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ", "κ ϰ", "ο όὀὁὂὃὄὅὸό", "π ϖ", "ρ ϱῤῥ", "σ ςϲ", "υ ΰϋύϒϓϔὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ",
        "φ ϕ", "ω ώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ", "а ӑӓ", "г ѓ", "е ѐёӗ", "ж ӂӝ", "з ӟ", "и йѝӣӥ", "к ќ", "о ӧ", "у ўӯӱӳ", "ч ӵ", "ы ӹ", "э ӭ", "і ї", "ѵ ѷ", "ә ӛ", "ө ӫ", "ا آأإ", "و ؤ", "ي ئ");

    public const int MaximumLength = 4;

    /// <summary>The letter or digit in its searchable form, at most <see cref="MaximumLength"/> UTF-16 units; gives how many.</summary>
    public static int Fold(Rune rune, Span<char> into)
    {
        rune = Rune.ToLowerInvariant(rune);
        if (rune.Value is >= 0xFF10 and <= 0xFF5A) // full width forms
            rune = Rune.ToLowerInvariant(new(rune.Value - 0xFEE0));
        if (rune is { IsBmp: true, IsAscii: false } && s_folded.TryGetValue((char)rune.Value, out var folded))
        {
            folded.CopyTo(into);
            return folded.Length;
        }

        return rune.EncodeToUtf16(into);
    }

    private static FrozenDictionary<char, string> Table(params ReadOnlySpan<string> rows)
    {
        Dictionary<char, string> table = [];
        foreach (var row in rows)
        {
            var space = row.IndexOf(' ', StringComparison.Ordinal);
            foreach (var letter in row.AsSpan(space + 1))
                table[letter] = row[..space];
        }

        return table.ToFrozenDictionary();
    }
}
