using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Reads the purge log page by page, from a given watermark.</summary>
internal sealed class LogPages(NpgsqlDataSource dataSource, AppendsInFlight appends)
{
    private static readonly string Page = SqlFile.Read("log_page");
    private static readonly string ReachesBack = SqlFile.Read("reaches_back");
    private static readonly string Newest = SqlFile.Read("newest_logged");

    /// <summary>Reads a page.</summary>
    /// <param name="after">The page begins after this watermark.</param>
    /// <param name="upTo">The last watermark of the range; null for no limit.</param>
    /// <param name="limit">The maximum number of batches; null to limit the page only by its names.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<LogPage> ReadAsync(RegionWatermark after, RegionWatermark? upTo, int? limit, CancellationToken cancellationToken)
    {
        var most = limit ?? int.MaxValue;
        upTo ??= new(long.MaxValue, long.MaxValue);
        var read = await ReadBatchesAsync(after, upTo, most, cancellationToken);
        // The caller takes what the page lacks for a sequence that was never used.
        if (LacksAny(after, upTo, read))
        {
            await appends.EndAsync(cancellationToken);
            read = await ReadBatchesAsync(after, upTo, most, cancellationToken);
        }

        // SQL can count the names, but not their size in a message.
        var batches = MessageSize.Split(read).FirstOrDefault() ?? [];

        // Checked after the page is read: a batch that expires in between can make a page falsely incomplete, but never falsely complete.
        await using var reachesBack = Command(ReachesBack, after.Epoch, after.Sequence);
        var complete = (bool)(await reachesBack.ExecuteScalarAsync(cancellationToken))!;
        var isFull = batches.Count == most || batches.Count < read.Count || batches.Sum(batch => 1 + batch.Names) >= MessageSize.Names;
        return new LogPage(batches, isFull, complete);
    }

    /// <summary>Reads the newest watermark of the log.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    /// <returns>The watermark; <c>default</c> before the first epoch.</returns>
    public async Task<Watermark> ReadNewestAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(Newest);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0) < 1 ? default : new(reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<List<PurgeBatch>> ReadBatchesAsync(
        RegionWatermark after, RegionWatermark upTo, int most, CancellationToken cancellationToken)
    {
        await using var page = Command(Page, after.Epoch, after.Sequence, upTo.Epoch, upTo.Sequence, most, MessageSize.Names);
        return await PurgeLog.ReadAsync(page, cancellationToken);
    }

    // Also true for a page that a limit ended before upTo: the wait is short.
    private static bool LacksAny(RegionWatermark after, RegionWatermark upTo, List<PurgeBatch> batches)
    {
        var (epoch, sequence) = (after.Epoch, after.Sequence);
        foreach (var batch in batches)
        {
            if (batch.Watermark.Sequence != (batch.Watermark.Epoch == epoch ? sequence + 1 : 1))
                return true;
            (epoch, sequence) = (batch.Watermark.Epoch, batch.Watermark.Sequence);
        }

        return upTo.Epoch == epoch ? upTo.Sequence > sequence : upTo is { Epoch: < long.MaxValue, Sequence: > 0 };
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = dataSource.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}

/// <summary>A page of the purge log.</summary>
/// <param name="Batches">The batches, in order.</param>
/// <param name="IsFull">Whether the page reached a limit, so that more batches may follow.</param>
/// <param name="Complete">Whether the log still holds all batches after the requested watermark.</param>
internal sealed record LogPage(IReadOnlyList<PurgeBatch> Batches, bool IsFull, bool Complete);
