using System.Globalization;

namespace Smtpd.Server.Http;

/// <summary>Reads parameters of a query. The first one that is wrong, or that nobody has asked for, is remembered with words for the client.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    private readonly HashSet<string> asked = new(StringComparer.OrdinalIgnoreCase);
    private string? wrong;

    /// <summary>To be read after the parameters. A misspelt <c>DELETE …?qurey=x</c> must not delete everything.</summary>
    public string? Wrong => wrong ??= query.Keys.FirstOrDefault(each => !asked.Contains(each)) is string unknown
        ? $"There is no parameter `{(unknown.Length > 100 ? unknown[..100] : unknown)}` here. Known are: {string.Join(", ", asked)}."
        : null;

    /// <summary>A parameter that others read.</summary>
    public QueryReader Ignore(string name)
    {
        asked.Add(name);
        return this;
    }

    public string? Text(string name, int maximumLength = 1000)
    {
        asked.Add(name);
        var values = query[name];
        if (values is [] or [{ Length: 0 }])
            return null;
        if (values is [{ } one] && one.Length <= maximumLength)
            return one;
        wrong ??= string.Create(CultureInfo.InvariantCulture, $"`{name}` must be one text of at most {maximumLength} characters.");
        return null;
    }

    public long? Number(string name, long minimum, long maximum)
    {
        asked.Add(name);
        if (query[name].Count == 0)
            return null;
        if (query[name] is [string text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        wrong ??= string.Create(CultureInfo.InvariantCulture, $"`{name}` must be one number from {minimum} to {maximum}.");
        return null;
    }

    public string Choice(string name, params ReadOnlySpan<string> allowed)
    {
        asked.Add(name);
        if (query[name].Count == 0)
            return allowed[0];
        foreach (var each in allowed)
        {
            if (query[name] is [string text] && string.Equals(text, each, StringComparison.Ordinal))
                return each;
        }

        wrong ??= $"`{name}` must be one of: {string.Join(", ", allowed)}.";
        return allowed[0];
    }
}
