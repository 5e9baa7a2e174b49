using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Pipeline;

/// <summary>
/// Purges, then logs, then announces. Every intake uses this order. If a batch's log row does not commit, the batch is not announced and
/// the caller purges again. A second purge costs only a cache miss, but without a log row the regions would miss the purge. While the log
/// refuses batches, their names are announced without a watermark.
/// </summary>
internal sealed class PurgePipeline(
    NpgsqlDataSource dataSource,
    Purger purger,
    Announcer announcer,
    LogWatch watch,
    CurrentEpoch epoch,
    IWatermarkSource source,
    NewestWatermark newest,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time)
{
    // The claims try at least each second.
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromSeconds(3);

    private long refusedAt;

    /// <summary>Commits log rows together with the intake's own work.</summary>
    /// <param name="appends">The log rows.</param>
    /// <param name="cancellationToken">Ends the commit.</param>
    public delegate Task Commit(LogAppends appends, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the log refused the newest batches, for example because its disk is full. The intakes then announce names with
    /// <see cref="AnnounceUnlogged(IEnumerable{PurgeBatch})"/>.
    /// </summary>
    public bool LogRefuses => Volatile.Read(ref refusedAt) is not 0 and var at && time.GetElapsedTime(at) < RefusalLasts;

    /// <summary>Runs all three steps, with the log rows in a transaction of their own.</summary>
    public Task RunAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken) =>
        RunAsync(names, origins, CommitAsync, cancellationToken);

    /// <summary>Runs all three steps, with the log rows in the intake's transaction.</summary>
    public async Task RunAsync(PurgeNames names, PurgeOrigins origins, Commit commit, CancellationToken cancellationToken)
    {
        var batches = await PurgeAsync(names, origins, cancellationToken);
        await LogAsync(batches, commit, cancellationToken);
    }

    /// <inheritdoc cref="Purger.PurgeAsync(PurgeNames, PurgeOrigins, CancellationToken)"/>
    public Task<IReadOnlyList<PurgeBatch>> PurgeAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken) =>
        purger.PurgeAsync(names, origins, cancellationToken);

    /// <inheritdoc cref="Purger.PurgeAsync(PurgeOrder, CancellationToken)"/>
    public Task<PurgeBatch> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken) =>
        purger.PurgeAsync(order, cancellationToken);

    /// <summary>Logs batches in a transaction of their own, and announces them.</summary>
    /// <returns>The batches as they were logged.</returns>
    public Task<IReadOnlyList<PurgeBatch>> LogAsync(IReadOnlyList<PurgeBatch> batches, CancellationToken cancellationToken) =>
        LogAsync(batches, CommitAsync, cancellationToken);

    /// <summary>Logs batches in the intake's transaction, and announces them when it has been committed.</summary>
    /// <returns>The batches as they were logged.</returns>
    public async Task<IReadOnlyList<PurgeBatch>> LogAsync(
        IReadOnlyList<PurgeBatch> batches, Commit commit, CancellationToken cancellationToken)
    {
        var appends = new LogAppends(batches);
        try
        {
            await commit(appends, cancellationToken);
        }
        catch (PostgresException refusal) when (!CurrentEpoch.HasEnded(refusal))
        {
            Volatile.Write(ref refusedAt, time.GetTimestamp());
            throw;
        }

        Volatile.Write(ref refusedAt, 0);
        postgres.Answered();
        var logged = appends.Logged;
        foreach (var batch in logged)
            newest.Record(batch.Watermark);
        watch.Logged(logged);
        announcer.Announce(logged);
        return logged;
    }

    /// <inheritdoc cref="AnnounceUnlogged(IEnumerable{string}, IEnumerable{string})"/>
    public void AnnounceUnlogged(IEnumerable<PurgeBatch> batches)
    {
        foreach (var batch in batches)
            AnnounceUnlogged(batch.Keys, batch.Tags);
    }

    /// <summary>Announces names that can't be logged yet, so that independent regions purge them before the log accepts them.</summary>
    public void AnnounceUnlogged(IEnumerable<string> keys, IEnumerable<string> tags)
    {
        foreach (var call in PurgeScript.Calls(keys, tags))
            announcer.Announce([new(Guid.Empty, default, call.Keys, call.Tags, time.GetUtcNow(), []) { IsUnlogged = true }]);
    }

    /// <summary>
    /// Attributes a failed purge or log write to the server that failed, in that server's health. If the epoch has ended, attributes it to
    /// neither: the next attempt reads the epoch again.
    /// </summary>
    public void Failed(Exception failure)
    {
        if (CurrentEpoch.HasEnded(failure))
            epoch.Forget();
        else
            (failure is NpgsqlException ? postgres : source.Server).Failed(failure);
    }

    private async Task CommitAsync(LogAppends appends, CancellationToken cancellationToken)
    {
        await using var log = dataSource.CreateBatch();
        log.BatchCommands.Add(BoundTransaction.Begin);
        appends.AddTo(log);
        log.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await appends.ExecuteAsync(log, cancellationToken);
    }
}
