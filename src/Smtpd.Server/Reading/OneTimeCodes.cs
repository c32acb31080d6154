using Smtpd.Server.Mime;

namespace Smtpd.Server.Reading;

/// <summary>What one does with it.</summary>
internal enum OneTimeCodeKind { Code, Link }

/// <summary>A one-time code, or a link that signs in, confirms or resets.</summary>
/// <param name="Value">The code as it is written, or the address.</param>
/// <param name="Kind">Which of the two.</param>
/// <param name="Context">The text around a code, or on the link.</param>
/// <param name="Score">0 to 100: how sure it is.</param>
internal sealed record OneTimeCode(string Value, OneTimeCodeKind Kind, string Context, int Score);

/// <summary>
/// Finds codes and links by which a message lets somebody in. A number counts when a word for code is near it and no other word (order, invoice, postal code) is nearer; its form, a line of its
/// own and the subject count, too. Linear.
/// </summary>
internal static class OneTimeCodes
{
    private const int MaximumLength = 100_000; // of each text
    private const int MaximumResults = 20;
    private const int Threshold = 45;
    private const int Before = 120; // how far a word for code may be before a number
    private const int After = 60; // and behind it
    private const int TrapDistance = 30;
    private const int ContextLength = 120;

    private static readonly string[] s_linkWords =
    [
        "verify", "verif", "confirm", "activat", "magic", "sign in", "signin", "sign-in", "log in", "login", "log-in", "reset", "one-time", "passwordless", "bestatig", "bestätig", "anmelden", "einloggen", "zurücksetzen", "freischalt", "aktivier", "connexion",
        "connecter", "confirmer", "réinitialis", "iniciar sesi", "acceder", "restablec", "accedi", "conferma", "reimpost", "entrar", "redefin", "ativar", "bevestig", "inloggen", "activeer", "potwierd", "zaloguj", "aktywuj", "подтверд", "войти", "сброс", "активир", "підтверд", "увійти", "認証", "確認", "ログイン",
        "验证", "驗證", "登录", "登入", "激活", "确认", "重置",
    ];

    private static readonly string[] s_urlWords = ["verif", "confirm", "activat", "magic", "signin", "sign-in", "login", "log-in", "reset", "passwordless", "token=", "otp", "/auth", "one-time"];

    private static readonly string[] s_otherLinks = ["unsubscribe", "privacy", "terms", "imprint", "impressum", "/help", "support", "/docs", "preferences", "facebook.com", "twitter.com", "linkedin.com", "instagram.com", "youtube.com"];

    /// <summary>Best first, at most twenty.</summary>
    public static IReadOnlyList<OneTimeCode> Find(string? subject, string? text, string? html)
    {
        Dictionary<(string, OneTimeCodeKind), OneTimeCode> found = [];
        var subjectText = Cut(subject);
        string[] texts = [subjectText, Cut(text), html is null ? "" : HtmlText.Of(html, MaximumLength)];
        var words = Array.ConvertAll(texts, each => CodeWords.Find(each));
        var isAboutCodes = words.Any(each => each.Any(word => word.IsCode));
        for (var i = 0; i < texts.Length; i++)
            Codes(texts[i], words[i], isAboutCodes, i == 0 ? 10 : 0, found);
        foreach (var link in MessageLinks.Of(html, text))
        {
            if (Score(link) is >= Threshold and var score)
                found.TryAdd((link.Url, OneTimeCodeKind.Link), new(link.Url, OneTimeCodeKind.Link, link.Text, Math.Min(score, 100)));
        }

        return [.. found.Values.OrderByDescending(each => each.Score).Take(MaximumResults)];
    }

    private static string Cut(string? text) => text is null ? "" : text.Length > MaximumLength ? text[..MaximumLength] : text;

    private static void Codes(string text, IReadOnlyList<CodeWord> words, bool isAboutCodes, int bonus, Dictionary<(string, OneTimeCodeKind), OneTimeCode> found)
    {
        var plain = CodeScanner.Plain(text);
        int next = 0, previousEnd = -1; // next: the first word behind the candidate
        foreach (var candidate in CodeScanner.Find(plain))
        {
            while (next < words.Count && words[next].End <= candidate.Start)
                next++;
            CodeWord? before = next > 0 ? words[next - 1] : null;
            // `the code for your order history is 123456`: the order has had its say.
            if (before is { IsCode: false } other && next > 1 && words[next - 2].IsCode && plain.AsSpan(other.End, candidate.Start - other.End).Trim().Contains(' '))
                before = words[next - 2];
            CodeWord? after = next < words.Count && words[next].Start >= candidate.End ? words[next] : null;
            var score = Score(plain, candidate, before, after, previousEnd) is int near ? near + bonus : isAboutCodes ? Alone(plain, candidate) + bonus : 0;
            if (candidate.Form is not CodeForm.Letters)
                previousEnd = candidate.End;
            if (score < Threshold || (found.TryGetValue((candidate.Value, OneTimeCodeKind.Code), out var known) && known.Score >= score))
                continue;
            found[(candidate.Value, OneTimeCodeKind.Code)] = new(candidate.Value, OneTimeCodeKind.Code, Context(text, candidate), Math.Min(score, 100));
        }
    }

    // Null when no word for code is near.
    private static int? Score(string text, CodeCandidate candidate, CodeWord? before, CodeWord? after, int previousEnd)
    {
        var behind = before is { } word ? candidate.Start - word.End : int.MaxValue;
        var ahead = after is { } following ? following.Start - candidate.End : int.MaxValue;
        if (before is { IsCode: false } && behind <= TrapDistance)
            return 0;
        int score = 0, distance = int.MaxValue;
        if (before is { IsCode: true } && behind <= Before)
        {
            // One that stands nearer has taken the word.
            var isTaken = previousEnd > before.Value.End;
            (score, distance) = (60 - behind / 3 - (isTaken ? 30 : 0), isTaken ? Before : behind);
        }

        if (after is { IsCode: true } && ahead <= After && !text.AsSpan(candidate.End, ahead).Contains('\n') && 55 - ahead / 2 > score)
            (score, distance) = (55 - ahead / 2, ahead);
        if (distance == int.MaxValue)
            return null;
        return score + Form(text, candidate, distance);
    }

    // The word is elsewhere: in the subject, or in another part of the text.
    private static int Alone(string text, CodeCandidate candidate) =>
        candidate.Form is CodeForm.Digits or CodeForm.SplitDigits && IsLine(text, candidate) && !IsYear(candidate) ? 35 + (candidate.Value.Length >= 6 ? 15 : 5) : 0;

    private static int Form(string text, CodeCandidate candidate, int distance) => (IsLine(text, candidate) ? 20 : 0) + candidate.Form switch
    {
        CodeForm.Digits when IsYear(candidate) => distance <= 12 ? 0 : -60,
        CodeForm.Digits when candidate.Value.EndsWith("000", StringComparison.Ordinal) => -10, // 10000 readers
        CodeForm.Digits => candidate.Value.Length switch { 6 => 15, 8 => 8, _ => 3 },
        CodeForm.SplitDigits => 12,
        CodeForm.DoubtfulDigits => -15,
        CodeForm.Prefixed => distance <= 40 ? 10 : -30,
        CodeForm.Mixed => distance <= 40 || IsLine(text, candidate) ? 5 : -60,
        _ => distance <= 6 ? 0 : -100, // letters alone are words, unless they stand where the code should
    };

    private static bool IsYear(CodeCandidate candidate) => candidate.Value is ['1', '9', _, _] or ['2', '0', _, _];

    private static bool IsLine(string text, CodeCandidate candidate)
    {
        int start = candidate.Start, end = candidate.End;
        while (start > 0 && text[start - 1] == ' ' && candidate.Start - start < 20)
            start--;
        while (end < text.Length && text[end] is ' ' or '\r' && end - candidate.End < 20)
            end++;
        return (start == 0 || text[start - 1] == '\n') && (end == text.Length || text[end] == '\n') && end - start < text.Length;
    }

    private static string Context(string text, CodeCandidate candidate)
    {
        var start = Math.Max(0, candidate.Start - ContextLength / 2);
        var end = Math.Min(text.Length, Math.Max(candidate.End, start + ContextLength));
        start += start > 0 && char.IsLowSurrogate(text[start]) ? 1 : 0;
        end -= end < text.Length && char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        return string.Join(' ', text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static int Score(MessageLink link)
    {
        if (link.Kind != MessageLinkKind.Link || !link.Url.StartsWith("http", StringComparison.OrdinalIgnoreCase) || Has(link.Url, s_otherLinks))
            return 0;
        return (Has(link.Text, s_linkWords) ? 40 : 0) + (Has(link.Url, s_urlWords) ? 35 : 0) + (HasToken(link.Url) ? 20 : 0);
    }

    private static bool Has(string text, string[] words) => Array.Exists(words, each => text.Contains(each, StringComparison.OrdinalIgnoreCase));

    // Sixteen letters and digits in a row behind the host, some of each: nobody calls a page so.
    private static bool HasToken(string url)
    {
        var path = url.IndexOf('/', Math.Min(url.Length, 8));
        int run = 0, digits = 0;
        for (var i = Math.Max(path, 0); i < url.Length && path >= 0; i++)
        {
            if (!char.IsAsciiLetterOrDigit(url[i]) && url[i] is not ('-' or '_'))
                (run, digits) = (0, 0);
            else if (++run >= 16 & (digits += char.IsAsciiDigit(url[i]) ? 1 : 0) >= 3)
                return true;
        }

        return false;
    }
}
