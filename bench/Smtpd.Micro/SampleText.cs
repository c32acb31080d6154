using System.Text;

namespace Smtpd.Micro;

/// <summary>Texts of a certain length.</summary>
internal static class SampleText
{
    public static string Repeated(string text, int length)
    {
        StringBuilder all = new(length + text.Length);
        while (all.Length < length)
            all.Append(text);
        return all.ToString(0, length);
    }

    /// <summary>Lines of 74 octets, CRLF included, up to <paramref name="octets"/>; every tenth begins with what <paramref name="tenth"/> says.</summary>
    public static string Lines(int octets, string tenth = "")
    {
        const string Line = "The quick brown fox jumps over the lazy dog while 0123456789 are counted";
        StringBuilder all = new(octets + Line.Length);
        for (var i = 0; all.Length < octets; i++)
            all.Append(i % 10 == 0 ? tenth : "").Append(Line).Append("\r\n");
        return all.ToString();
    }
}
