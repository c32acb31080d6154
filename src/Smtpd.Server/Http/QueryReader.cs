using System.Globalization;

namespace Smtpd.Server.Http;

/// <summary>Reads parameters of a query. The first one that is wrong is remembered with words for the client.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    public string? Wrong { get; private set; }

    public string? Text(string name) => query[name] is [{ Length: > 0 } one] ? one : null;

    public long? Number(string name, long minimum, long maximum)
    {
        if (query[name].Count == 0)
            return null;
        if (query[name] is [string text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        Wrong ??= string.Create(CultureInfo.InvariantCulture, $"`{name}` must be one number from {minimum} to {maximum}.");
        return null;
    }

    public string Choice(string name, params ReadOnlySpan<string> allowed)
    {
        if (query[name].Count == 0)
            return allowed[0];
        foreach (var each in allowed)
        {
            if (query[name] is [string text] && string.Equals(text, each, StringComparison.Ordinal))
                return each;
        }

        Wrong ??= $"`{name}` must be one of: {string.Join(", ", allowed)}.";
        return allowed[0];
    }
}
