using LastMile.Events.Invalidator.Postgres;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// The transactions that are appending to the log. A sequence that the log lacks may be in one of them: sequences do not commit in order.
/// </summary>
internal sealed class AppendsInFlight(NpgsqlDataSource dataSource, TimeProvider time)
{
    // Appending and committing takes about a millisecond.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private static readonly string Sql = SqlFile.Read("appends_in_flight");

    /// <summary>Waits until every append that is in flight now has been committed or rolled back.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var running = await ReadAsync(cancellationToken);
        while (running.Count > 0)
        {
            await Task.Delay(Pause, time, cancellationToken);
            running.IntersectWith(await ReadAsync(cancellationToken));
        }
    }

    private async Task<HashSet<string>> ReadAsync(CancellationToken cancellationToken)
    {
        var transactions = new HashSet<string>(StringComparer.Ordinal);
        await using var command = dataSource.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            transactions.Add(reader.GetString(0));
        return transactions;
    }
}
