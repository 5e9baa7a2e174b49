using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Writes receipts, which show where a purge has arrived.</summary>
internal sealed class ReceiptBook(NpgsqlDataSource dataSource, KnownRegions regions, RegionReports reports, TimeProvider time)
{
    private static readonly string Batch = SqlFile.Read("log_batch");

    /// <summary>Returns the receipt of a purge; null when the log does not contain the purge.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<Receipt?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Batch);
        command.Parameters.Add(new() { Value = id });
        var found = await PurgeLog.ReadAsync(command, cancellationToken);
        return found.Count == 0 ? null : Write(found[0], regions.With(await regions.ReadRowsAsync(cancellationToken)));
    }

    /// <summary>Waits until a purge has arrived in every known region.</summary>
    /// <param name="batch">The purge.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="stopping">Ends the wait early, with a receipt.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The receipt at the end of the wait, with the regions that are still pending.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<Receipt> WaitAsync(
        PurgeBatch batch, TimeSpan patience, CancellationToken stopping, CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, stopping, cancellationToken);
        var rows = await regions.ReadRowsAsync(cancellationToken);
        while (true)
        {
            // Get the signal before checking the regions, so that a report that arrives after the check ends the wait below.
            var changed = reports.Changed;
            var known = regions.With(rows);
            if (end.IsCancellationRequested || known.All(region => region.Has(batch)))
                return Write(batch, known);

            await changed.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static Receipt Write(PurgeBatch batch, IReadOnlyList<KnownRegion> regions) => new(
        batch.Id,
        batch.Watermark.Epoch,
        batch.Watermark.Sequence,
        batch.AppliedAt,
        batch.Keys.Length,
        batch.Tags.Length,
        batch.Prefix,
        batch.Everything,
        [.. regions.Select(region => region.ReceiptOf(batch))]);
}
