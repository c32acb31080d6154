using System.Globalization;

namespace Smtpd.Server.Settings;

/// <summary>One row of <see cref="SettingsTable"/>.</summary>
/// <param name="Key">The name, as in <c>--set</c>.</param>
/// <param name="Allowed">What may be written, in words.</param>
/// <param name="Default">Read by the same code as a given value.</param>
/// <param name="Reason">Why it exists and why the default is what it is.</param>
/// <param name="Read">Takes the text over into the settings. Answers <c>null</c>, or what is wrong with it.</param>
internal sealed record Setting(string Key, string Allowed, string Default, string Reason, Func<ServerSettings, string, string?> Read)
{
    /// <summary>Whether its value is to be shown nowhere.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The name as an environment variable.</summary>
    public string Variable => SettingsSources.VariablePrefix + Key.Replace(":", "__", StringComparison.Ordinal);

    public static Setting Text(string key, string allowed, string otherwise, string reason, Func<ServerSettings, string, string?> read) =>
        new(key, allowed, otherwise, reason, read);

    public static Setting Number(string key, int minimum, int maximum, int otherwise, string reason, Action<ServerSettings, int> set)
    {
        var allowed = string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}");
        return new(key, allowed, otherwise.ToString(CultureInfo.InvariantCulture), reason, (settings, text) =>
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < minimum || value > maximum)
                return "must be " + allowed;
            set(settings, value);
            return null;
        });
    }

    public static Setting Size(string key, long minimum, string otherwise, string reason, Action<ServerSettings, long> set)
    {
        var allowed = string.Create(CultureInfo.InvariantCulture, $"a number of octets from {minimum}; `K`, `M` or `G` may follow");
        return new(key, allowed, otherwise, reason, (settings, text) =>
        {
            if (!TryParseSize(text, out var value) || value < minimum)
                return "must be " + allowed;
            set(settings, value);
            return null;
        });
    }

    public static Setting Duration(string key, TimeSpan otherwise, string reason, Action<ServerSettings, TimeSpan> set)
    {
        const string Written = "seconds or `hh:mm:ss`, from 1 second to 24 hours";
        return new(key, Written, FormatDuration(otherwise), reason, (settings, text) =>
        {
            if (!TryParseDuration(text, out var value) || value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(24))
                return "must be " + Written;
            set(settings, value);
            return null;
        });
    }

    /// <summary>A pause, which may be none.</summary>
    public static Setting Pause(string key, string reason, Action<ServerSettings, TimeSpan> set)
    {
        const string Written = "seconds or `hh:mm:ss`, from 0 to 1 minute";
        return new(key, Written, "0", reason, (settings, text) =>
        {
            if (!TryParseDuration(text, out var value) || value > TimeSpan.FromMinutes(1))
                return "must be " + Written;
            set(settings, value);
            return null;
        });
    }

    public static Setting Switch(string key, bool otherwise, string reason, Action<ServerSettings, bool> set) =>
        new(key, "`true` or `false`", otherwise ? "true" : "false", reason, (settings, text) =>
        {
            if (!bool.TryParse(text, out var value))
                return "must be true or false";
            set(settings, value);
            return null;
        });

    public static Setting Choice<T>(string key, T otherwise, string reason, Action<ServerSettings, T> set)
        where T : struct, Enum
    {
        var allowed = string.Join(", ", Enum.GetNames<T>().Select(name => $"`{name}`"));
        return new(key, "one of " + allowed, otherwise.ToString(), reason, (settings, text) =>
        {
            // Enum.TryParse alone would take numbers too.
            var name = Enum.GetNames<T>().FirstOrDefault(each => each.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (name is null)
                return "must be one of " + allowed;
            set(settings, Enum.Parse<T>(name));
            return null;
        });
    }

    public static Setting Flags<T>(string key, string reason, Action<ServerSettings, T> set)
        where T : struct, Enum
    {
        var allowed = string.Join(", ", Enum.GetNames<T>().Select(name => $"`{name}`"));
        var none = default(T).ToString();
        return new(key, $"any of {allowed}, separated by commas", none, reason, (settings, text) =>
        {
            var names = text.Split(',', StringSplitOptions.TrimEntries);
            if (!names.All(name => Enum.GetNames<T>().Contains(name, StringComparer.OrdinalIgnoreCase)))
                return "must be any of " + allowed + ", separated by commas";
            set(settings, Enum.Parse<T>(text, ignoreCase: true));
            return null;
        });
    }

    // Twenty-four hours have no form of hh:mm:ss.
    private static string FormatDuration(TimeSpan value) => value < TimeSpan.FromDays(1)
        ? value.ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture)
        : ((int)value.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Octets; <c>K</c>, <c>M</c> or <c>G</c> may follow.</summary>
    public static bool TryParseSize(string text, out long octets)
    {
        var shift = text.Length == 0 ? 0 : text[^1] switch { 'K' or 'k' => 10, 'M' or 'm' => 20, 'G' or 'g' => 30, _ => 0 };
        var digits = shift == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out octets) || octets > long.MaxValue >> shift)
            return false;
        octets <<= shift;
        return true;
    }

    /// <summary>Seconds, or <c>hh:mm:ss</c>.</summary>
    public static bool TryParseDuration(string text, out TimeSpan value)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            value = TimeSpan.FromSeconds(seconds);
            return true;
        }

        return TimeSpan.TryParseExact(text, "hh\\:mm\\:ss", CultureInfo.InvariantCulture, out value);
    }
}
