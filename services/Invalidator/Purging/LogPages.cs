using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Reads the purge log from a watermark on.</summary>
internal sealed class LogPages(NpgsqlDataSource dataSource)
{
    // Some MB of keys.
    private const int NamesOfPage = 20_000;

    private static readonly string Page = SqlFile.Read("log_page");
    private static readonly string Horizon = SqlFile.Read("log_horizon");

    /// <summary>Reads a page.</summary>
    /// <param name="after">Batches after this one; <c>default</c> for all that the log holds.</param>
    /// <param name="limit">The most batches. Fewer come when they name some 20,000 keys and tags.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<LogPage> ReadAsync(Watermark after, int limit, CancellationToken cancellationToken)
    {
        await using var page = dataSource.CreateCommand(Page);
        foreach (var value in (object[])[after.Epoch, after.Sequence, limit, NamesOfPage])
            page.Parameters.Add(new() { Value = value });
        var batches = await PurgeLog.ReadAsync(page, cancellationToken);

        // After the batches: what leaves the log in between is behind a horizon that is seen.
        return new LogPage(batches, (await ReadHorizonAsync(cancellationToken)).CompareTo((after.Epoch, after.Sequence)) <= 0);
    }

    private async Task<(long Epoch, long Sequence)> ReadHorizonAsync(CancellationToken cancellationToken)
    {
        await using var horizon = dataSource.CreateCommand(Horizon);
        await using var reader = await horizon.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}

/// <summary>A page of the purge log.</summary>
/// <param name="Batches">The batches, in order.</param>
/// <param name="Complete">Whether none that follows what was asked for has left the log.</param>
internal sealed record LogPage(IReadOnlyList<PurgeBatch> Batches, bool Complete);
