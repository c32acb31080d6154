using System.Globalization;
using System.Text.Json;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Search. A word that many messages have is found soonest by looking at the newest ones; one that few have, by the index.</summary>
internal sealed partial class PostgresMessageStore
{
    /// <summary>From so many expected rows on, a page of results should be among the newest ones; if it is not, the index is asked after all.</summary>
    public double Many { get; set; } = 5000;

    /// <summary>So many of the newest ones.</summary>
    public int LookedAt { get; set; } = 3000;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        SearchStatement statement = new(request, await FindMailboxesAsync(request, cancellationToken));
        if (statement.IsEmpty || request.Limit <= 0)
            return [];
        if (statement.Words is null)
            return await pool.SearchAsync(statement.InOrder(), Hit, cancellationToken);
        if (statement.IsForFew && await EstimateAsync(statement, cancellationToken) >= Many)
        {
            var newest = await pool.SearchAsync(statement.Among(Math.Max(LookedAt, request.Limit)), Hit, cancellationToken);
            if (newest.Count == request.Limit)
                return newest;
        }

        return await pool.SearchAsync(statement.ByWords(), Hit, cancellationToken);
    }

    private static SearchHit Hit(Npgsql.NpgsqlDataReader row) => new(
        PostgresRows.Message(row), row.GetString(PostgresRows.AfterMessage), row.IsDBNull(PostgresRows.AfterMessage + 1) ? null : row.GetFieldValue<byte[]>(PostgresRows.AfterMessage + 1));

    private async Task<double> EstimateAsync(SearchStatement statement, CancellationToken cancellationToken)
    {
        var plan = (await pool.SearchAsync(statement.Estimate(), row => row.GetString(0), cancellationToken)).Single();
        using var json = JsonDocument.Parse(plan);
        return json.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    private async Task<IReadOnlyDictionary<string, int[]>> FindMailboxesAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        string[] wanted = [.. SearchStatement.Mailboxes(request.Query.Root).Distinct(StringComparer.Ordinal)];
        if (wanted.Length == 0)
            return new Dictionary<string, int[]>(StringComparer.Ordinal);
        var all = await pool.QueryAsync("SELECT id, name FROM mailboxes", row => (Id: row.GetInt32(0), Name: row.GetString(1)), cancellationToken);
        return wanted.ToDictionary(each => each, each => all.Where(one => one.Name.Equals(each, StringComparison.OrdinalIgnoreCase)
            || one.Id.ToString(CultureInfo.InvariantCulture).Equals(each, StringComparison.Ordinal)).Select(one => one.Id).ToArray(), StringComparer.Ordinal);
    }
}
