namespace Smtpd.Server.Settings;

/// <summary>Turns given values into settings; collects everything that is wrong instead of stopping at the first.</summary>
internal static class SettingsReader
{
    /// <returns>The settings, to be used only when <paramref name="problems"/> stayed empty.</returns>
    public static ServerSettings Read(IEnumerable<GivenValue> given, ICollection<string> problems)
    {
        ServerSettings settings = new();
        foreach (var each in SettingsTable.All)
        {
            if (each.Read(settings, each.Default) is string wrong)
                throw new InvalidOperationException($"The default of {each.Key} {wrong}.");
        }

        // The last one wins before anything is judged: a wrong value that is replaced by a right one does no harm.
        Dictionary<string, GivenValue> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (var each in given)
        {
            if (SettingsTable.Find(each.Key) is null)
                problems.Add(Unknown(each));
            else
                values[each.Key] = each;
        }

        foreach (var each in values.Values)
        {
            var setting = SettingsTable.Find(each.Key)!;
            if (setting.Read(settings, each.Value) is string wrong)
                problems.Add($"{each.Source}: {setting.Key}: {wrong} (given: {Quote(setting, each.Value)})");
        }

        if (problems.Count == 0)
            SettingsCheck.Run(settings, problems);
        return settings;
    }

    // A URL may carry a password, which must not end up in a log.
    public static string Quote(Setting setting, string value) =>
        setting.IsSecret || value.Contains("://", StringComparison.Ordinal) ? "(not shown)" : $"`{value}`";

    private static string Unknown(GivenValue given)
    {
        var hint = SettingsTable.Nearest(given.Key) is string near ? $"; did you mean {near}?" : "; docs/options.md lists all settings";
        return $"{given.Source}: there is no setting {given.Key}{hint}";
    }
}
