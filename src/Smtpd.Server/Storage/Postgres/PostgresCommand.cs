using Npgsql;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>A statement with its values: <c>$1</c> is the first.</summary>
internal static class PostgresCommand
{
    public static NpgsqlBatchCommand Of(string sql, params ReadOnlySpan<object?> values)
    {
#pragma warning disable CA2100 // every caller puts it together from constants of this folder; values come as parameters
        NpgsqlBatchCommand command = new(sql);
#pragma warning restore CA2100
        foreach (var each in values)
            command.Parameters.Add(new NpgsqlParameter { Value = each ?? DBNull.Value });
        return command;
    }

    /// <summary>What PostgreSQL can keep of a text that may hold anything: it takes neither NUL nor halves of surrogate pairs.</summary>
    public static string Clean(string text)
    {
        if (!text.Contains('\0', StringComparison.Ordinal) && !HasLoneSurrogate(text))
            return text;
        return string.Create(text.Length, text, static (clean, text) =>
        {
            text.CopyTo(clean);
            for (var i = 0; i < clean.Length; i++)
            {
                if (char.IsHighSurrogate(clean[i]) && i + 1 < clean.Length && char.IsLowSurrogate(clean[i + 1]))
                    i++;
                else if (clean[i] == '\0' || char.IsSurrogate(clean[i]))
                    clean[i] = '\uFFFD';
            }
        });
    }

    public static string? CleanOrNull(string? text) => text is null ? null : Clean(text);

    private static bool HasLoneSurrogate(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
            return false;
        for (; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else if (char.IsSurrogate(text[at]))
                return true;
        }

        return false;
    }
}
