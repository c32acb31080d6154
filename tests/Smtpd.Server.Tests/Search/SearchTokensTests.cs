using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Search;

public sealed class SearchTokensTests
{
    private static readonly string[] s_pieces =
    [
        "a", "B", "z", "0", "1", "9", "e", "E", "x", "1e5", "0x1f", " ", ".", "-", "_", "'", "@", "\r\n", "\t", "\0", "ü", "É", "ß", "ŒŁ", "ﬃ", "İ", "ſ", "\u0301", "\u00ad", "\u200b", "\u200d",
        "ж", "Й", "Σς", "ά", "漢", "字", "かな", "が", "한글", "ไทย", "हिन्दी", "ক্ষ", "עִברִית", "عَرَبِيّ", "ـ", "٣", "२", "５", "Ａ", "\ud83d\ude00", "\ud840\udc0b", "\ud801\udc00", "\ud800", "\udc00", "½", "²", "Ⅷ", "ʼ", "々",
        new string('q', 70), new string('7', 63) + "e", "&amp;", "\"",
    ];

    private static readonly Gen<string> s_texts = Gen.Elements(s_pieces).ArrayOf().Select(string.Concat);

    [Theory]
    [InlineData("", "")]
    [InlineData(" .,-!\r\n", "")]
    [InlineData("Hello, World!", "hello world")]
    [InlineData("Grüße ÀÉÎ naïve Łódź Ærø œuvre", "grusse aei naive lodz aero oeuvre")]
    [InlineData("e\u0301te\u0301", "ete")]
    [InlineData("soft\u00adhyphen zero\u200bwidth", "softhyphen zero width")]
    [InlineData("İstanbul ısı", "istanbul isi")]
    [InlineData("Ёлка йод", "елка иод")]
    [InlineData("ΆΛΦΑ Σίσυφος", "αλφα σισυφοσ")]
    [InlineData("أحمد عَرَبِيّ كـتاب", "احمد عربي كتاب")]
    [InlineData("請求書2026", "請 求 書 2026")]
    [InlineData("東京タワー", "東 京 タ ワ ー")]
    [InlineData("한국어", "한 국 어")]
    [InlineData("ＡＢＣ１２３", "abc123")]
    [InlineData("alice@example.com", "alice example com")]
    [InlineData("foo_bar 1.5 don't", "foo bar 1 5 don t")]
    [InlineData("1e5 0x1f 10 10k", "1e5 0x1f 10 10k")]
    [InlineData("12e45abc", "12e45 abc")]
    [InlineData("\ud840\udc0b\ud801\udc00", "\ud840\udc0b \ud801\udc28")]
    [InlineData("a\ud800b", "a b")]
    public void Text_is_normalised(string text, string expected) => Assert.Equal(expected, SearchTokens.Normalise(text, 1000));

    [Fact]
    public void Spans_point_into_the_text_and_cover_accents()
    {
        var text = "\u00a1Ole\u0301! f\u00f6o 漢字";
        Assert.Equal(["Ole\u0301", "f\u00f6o", "漢", "字"], SearchTokens.Read(text).Select(each => text.Substring(each.Start, each.Length)));
    }

    [Fact]
    public void Long_words_are_cut_and_the_rest_is_not_a_word()
    {
        var tokens = SearchTokens.Read(new string('a', 100) + " b");
        Assert.Equal([new string('a', 64), "b"], tokens.Select(each => each.Token));
        Assert.Equal(100, tokens[0].Length);
        Assert.Equal(new string('a', 63), Assert.Single(SearchTokens.Read(new string('a', 63) + "ßb")).Token);
        Assert.Equal(3, SearchTokens.Normalise("a b c d", 2).Length);
    }

    [Fact]
    public void Tokens_lie_in_the_text_one_after_another() => Check.One(Seeded(1500), Prop.ForAll(s_texts.ToArbitrary(), text =>
    {
        var end = 0;
        foreach (var token in SearchTokens.Read(text))
        {
            Assert.InRange(token.Start, end, text.Length - 1);
            Assert.InRange(token.Length, 1, text.Length - token.Start);
            Assert.InRange(token.Token.Length, 1, SearchTokenReader.MaximumTokenLength);
            end = token.Start + token.Length;
        }
    }));

    [Fact]
    public void What_is_normalised_stays_as_it_is()
    {
        Check.One(Seeded(1500), Prop.ForAll(s_texts.ToArbitrary(), text =>
            SearchTokens.Normalise(SearchTokens.Normalise(text, 100), 100) == SearchTokens.Normalise(text, 100)));
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (!Rune.IsValid(value))
                continue;
            var once = SearchTokens.Normalise("a" + new Rune(value), 100);
            Assert.Equal(once, SearchTokens.Normalise(once, 100));
        }
    }

    // The other engine is PostgreSQL; its parser was asked about the same texts when this form was chosen, and the stores' contract asks it again.
    [Theory]
    [InlineData("ascii")]
    [InlineData("unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'")]
    public void Sqlite_sees_the_same_words(string tokenizer)
    {
        using SqliteConnection database = new("Data Source=:memory:");
        database.Open();
        Run(database, $"create virtual table t using fts5(x, tokenize=\"{tokenizer}\"); create virtual table v using fts5vocab(t, 'instance');");
        Check.One(Seeded(300), Prop.ForAll(s_texts.ToArbitrary(), text =>
        {
            var normalised = SearchTokens.Normalise(text + " 1e5 0x1f 10 12e45abc", 1000);
            Run(database, "delete from t; insert into t(x) values ($x)", normalised);
            using var command = database.CreateCommand();
            command.CommandText = "select group_concat(term, ' ') from (select term from v order by offset)";
            Assert.Equal(normalised, command.ExecuteScalar());
        }));
    }

    private static void Run(SqliteConnection database, string sql, string? x = null)
    {
        using var command = database.CreateCommand();
#pragma warning disable CA2100 // the test's own words
        command.CommandText = sql;
#pragma warning restore CA2100
        if (x is not null)
            command.Parameters.AddWithValue("$x", x);
        command.ExecuteNonQuery();
    }

    private static Config Seeded(int tests) => Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(20261123, 4001);
}
