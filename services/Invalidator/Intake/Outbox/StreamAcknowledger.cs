using System.Threading.Channels;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Telemetry;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Deletes from the outbox the rows that <see cref="StreamRelay"/> has purged, appends the batches to the log, and announces them. Nothing
/// waits for it: rows that it does not delete are claimed and purged again.
/// </summary>
internal sealed partial class StreamAcknowledger(
    NpgsqlDataSource dataSource,
    PurgePipeline pipeline,
    InvalidatorMetrics metrics,
    TimeProvider time,
    ILogger<StreamAcknowledger> logger)
{
    // A transaction per purge would cost the database as much as the application's transactions do, so the purges of 25 ms share one.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);
    private static readonly string DeletePurged = SqlFile.Read("delete_purged");

    private readonly Channel<PurgedRows> purged = Channel.CreateUnbounded<PurgedRows>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Queues purged rows.</summary>
    public void Add(PurgedRows rows) => purged.Writer.TryWrite(rows);

    /// <summary>Signals that no more rows follow.</summary>
    public void Complete() => purged.Writer.Complete();

    /// <summary>Acknowledges queued rows until <see cref="Complete"/> is called and the queue is empty.</summary>
    /// <param name="stoppingToken">Cancelled when the service stops; the remaining rows are then acknowledged without pauses.</param>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var group = new List<PurgedRows>();
        while (await purged.Reader.WaitToReadAsync(CancellationToken.None))
        {
            group.Clear();
            while (purged.Reader.TryRead(out var rows))
                group.Add(rows);

            try
            {
                await AcknowledgeAsync(group);
            }
            catch (NpgsqlException failure)
            {
                pipeline.Failed(failure);
                if (pipeline.LogRefuses)
                    group.ForEach(rows => pipeline.AnnounceUnlogged(rows.Batches));
                Log.Left(logger, group.Sum(purged => purged.Rows.Count), failure.Message);
            }

            await Task.Delay(Pace, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AcknowledgeAsync(List<PurgedRows> group)
    {
        List<PurgeBatch> batches = [.. group.SelectMany(rows => rows.Batches)];
        await pipeline.LogAsync(batches, (appends, token) => CommitAsync(group, appends, token), CancellationToken.None);
        foreach (var rows in group)
            metrics.Relayed(rows.Rows, 0, time.GetUtcNow());
    }

    // One round trip.
    private async Task CommitAsync(List<PurgedRows> group, LogAppends appends, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var commands = new NpgsqlBatch(connection)
        {
            BatchCommands = { BoundTransaction.Begin, BoundTransaction.Bound },
        };
        appends.AddAsynchronousCommitTo(commands);
        foreach (var revision in group.GroupBy(purged => purged.RuleRevision))
        {
            long[] ids = [.. revision.SelectMany(purged => purged.Rows).Select(row => row.Id)];
            commands.BatchCommands.Add(new NpgsqlBatchCommand(DeletePurged)
            {
                Parameters = { new() { Value = ids }, new() { Value = revision.Key } },
            });
        }

        appends.AddTo(commands);
        commands.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await appends.ExecuteAsync(commands, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} purged changes are left to the claim: {Reason}")]
        public static partial void Left(ILogger logger, int count, string reason);
    }
}
