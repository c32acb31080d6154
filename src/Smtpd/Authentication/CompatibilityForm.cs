using System.Text;

namespace Smtpd.Authentication;

/// <summary>Normalization form KC (Unicode Standard Annex 15) of Unicode 3.2, as SASLprep wants it.</summary>
internal static class CompatibilityForm
{
    // The Unicode Standard, section 3.12: Hangul syllables are computed.
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    public static string Of(IEnumerable<Rune> text)
    {
        List<int> codePoints = [];
        foreach (var rune in text)
            Decompose(rune.Value, codePoints);
        Order(codePoints);
        Compose(codePoints);
        var result = new StringBuilder(codePoints.Count);
        foreach (var codePoint in codePoints)
            result.Append(new Rune(codePoint).ToString());
        return result.ToString();
    }

    private static void Decompose(int codePoint, List<int> result)
    {
        var syllable = codePoint - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            result.Add(LeadBase + syllable / (VowelCount * TrailCount));
            result.Add(VowelBase + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount > 0)
                result.Add(TrailBase + syllable % TrailCount);
        }
        else if (SaslPrepTables.Unicode.Decompose(codePoint) is { } parts)
        {
            foreach (var part in parts)
                Decompose(part, result);
        }
        else
        {
            result.Add(codePoint);
        }
    }

    /// <summary>Puts marks that stand on one letter into the order of their classes, and keeps the order of those of one class.</summary>
    private static void Order(List<int> codePoints)
    {
        for (var start = 0; start < codePoints.Count; start++)
        {
            var end = start;
            while (end < codePoints.Count && SaslPrepTables.Unicode.CombiningClass(codePoints[end]) > 0)
                end++;
            if (end - start > 1)
            {
                var ordered = codePoints.GetRange(start, end - start).OrderBy(SaslPrepTables.Unicode.CombiningClass).ToArray();
                for (var i = 0; i < ordered.Length; i++)
                    codePoints[start + i] = ordered[i];
            }

            start = end;
        }
    }

    private static void Compose(List<int> codePoints)
    {
        var (starter, lastClass, length) = (-1, 0, 0);
        foreach (var codePoint in codePoints.ToArray())
        {
            var ownClass = SaslPrepTables.Unicode.CombiningClass(codePoint);
            // Blocked is what stands behind a mark of the same class or a higher one, or not next to its letter when it is a letter itself.
            var isFree = starter >= 0 && (length == starter + 1 || (lastClass < ownClass && lastClass > 0));
            if (isFree && Composite(codePoints[starter], codePoint) is var composite and >= 0)
            {
                codePoints[starter] = composite;
                continue;
            }

            if (ownClass == 0)
                starter = length;
            lastClass = ownClass;
            codePoints[length++] = codePoint;
        }

        codePoints.RemoveRange(length, codePoints.Count - length);
    }

    private static int Composite(int first, int second)
    {
        if (first - LeadBase is var lead and >= 0 and < LeadCount && second - VowelBase is var vowel and >= 0 and < VowelCount)
            return SyllableBase + (lead * VowelCount + vowel) * TrailCount;
        if (first - SyllableBase is var syllable and >= 0 and < SyllableCount && syllable % TrailCount == 0 && second - TrailBase is var trail and > 0 and < TrailCount)
            return first + trail;
        return SaslPrepTables.Unicode.Compose(first, second);
    }
}
