using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Telemetry;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Processes one claim: takes changes from the outbox, purges them, and only then commits the claim. A crash in between repeats a purge but
/// loses none. Thread-safe.
/// </summary>
internal sealed class ClaimProcessor(
    NpgsqlDataSource dataSource,
    OutboxClaim claim,
    Doorbell doorbell,
    ClaimInterpreter interpreter,
    PurgePipeline pipeline,
    UnloggedClaims unlogged,
    InvalidatorMetrics metrics,
    TimeProvider time)
{
    /// <summary>Claims available rows and purges them.</summary>
    /// <param name="stoppingToken">Cancels only the claim: claimed rows are purged even if the service stops.</param>
    /// <returns>The claimed rows; none when no row was available.</returns>
    public async Task<ClaimedRows> ProcessAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        var claimed = await claim.TakeAsync(connection, stoppingToken);
        if (claimed.Rows.Count == 0)
            return claimed;

        // More rows may remain: wake another worker.
        if (claimed.IsFull)
            doorbell.Ring();

        var finish = CancellationToken.None;
        await unlogged.AnnounceAsync(claimed, connection, finish);
        var (names, origins, rejected) = await interpreter.InterpretAsync(claimed, connection, finish);
        await pipeline.RunAsync(names, origins, (appends, token) => CommitAsync(connection, appends, rejected, token), finish);
        metrics.Relayed(claimed.Rows, rejected.Count, time.GetUtcNow());
        return claimed;
    }

    /// <summary>Counts a failed claim, and attributes it to the server that failed.</summary>
    public void Failed(Exception failure)
    {
        metrics.RelayFailed();
        pipeline.Failed(failure);
    }

    // One round trip. If it fails, the transaction is rolled back when the connection returns to its pool.
    private static async Task CommitAsync(
        NpgsqlConnection connection,
        LogAppends appends,
        List<(OutboxRow Row, string Reason)> rejected,
        CancellationToken cancellationToken)
    {
        await using var commands = new NpgsqlBatch(connection);
        appends.AddAsynchronousCommitTo(commands);
        appends.AddTo(commands);
        foreach (var (row, reason) in rejected)
            commands.BatchCommands.Add(Quarantine.Keep(row, reason));
        commands.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await appends.ExecuteAsync(commands, cancellationToken);
    }
}
