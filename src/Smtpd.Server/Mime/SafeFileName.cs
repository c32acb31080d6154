using System.Buffers;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>A name that a sender gave to a file, as one that may be written anywhere and shown to anybody.</summary>
internal static class SafeFileName
{
    private const int MaximumLength = 150; // with three octets a character below the 255 octets of most file systems by hand of the extension

    private const int MaximumOctets = 240;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"|?*/\\");

    /// <summary>Without directories, control characters, marks that change the direction of text, and the names of devices. <c>null</c> when nothing is left.</summary>
    public static string? Of(string? name)
    {
        if (name is null)
            return null;
        name = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        StringBuilder safe = new(name.Length);
        foreach (var rune in HeaderText.Cut(name, 2000).EnumerateRunes())
        {
            if (IsInvisible(rune.Value))
                continue;
            if (rune.IsBmp && Forbidden.Contains((char)rune.Value))
                safe.Append('_');
            else
                safe.Append(rune.ToString());
        }

        var text = Shorten(safe.ToString().Trim(' ', '.', '\t', '\u00a0', '\u3000'));
        return text.Length == 0 ? null : IsDevice(text) ? "_" + text : text;
    }

    // Control characters, joiners and zero widths, direction marks and overrides, line separators, specials.
    private static bool IsInvisible(int value) =>
        value is < 0x20 or (>= 0x7f and < 0xa0) or 0xad or 0x61c or 0x180e or (>= 0x200b and <= 0x200f) or (>= 0x2028 and <= 0x202e) or (>= 0x2060 and <= 0x206f)
            or 0xfeff or (>= 0xfff0 and <= 0xffff) or (>= 0xe0000 and <= 0xe0fff);

    // The extension stays: it is what programs go by.
    private static string Shorten(string name)
    {
        if (name.Length <= MaximumLength && Encoding.UTF8.GetByteCount(name) <= MaximumOctets)
            return name;
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 && name.Length - dot <= 20 ? name[dot..] : "";
        var stem = HeaderText.Cut(name[..^extension.Length], MaximumLength - extension.Length);
        while (Encoding.UTF8.GetByteCount(stem) + Encoding.UTF8.GetByteCount(extension) > MaximumOctets)
            stem = HeaderText.Cut(stem, stem.Length - 1);
        return stem.TrimEnd(' ', '.') + extension;
    }

    private static bool IsDevice(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd().ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && (stem[3] is >= '0' and <= '9' or '\u00b9' or '\u00b2' or '\u00b3'));
    }
}
