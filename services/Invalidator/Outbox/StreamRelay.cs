using System.Threading.Channels;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Status;
using LastMile.Events.Hosting;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>
/// Purges what the stream tells as soon as it is told, and takes it from the outbox afterwards. It may give up a row at any point: what
/// is still in the outbox is claimed a moment later. So it is fast and need not be sure, and the claim is sure and need not be fast.
/// </summary>
internal sealed partial class StreamRelay(
    NpgsqlDataSource dataSource,
    Doorbell doorbell,
    RuleCatalog catalog,
    Purger purger,
    Announcer announcer,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    [FromKeyedServices(Servers.Redis)] Dependency redis,
    InvalidatorMetrics metrics,
    TimeProvider time,
    ILogger<StreamRelay> logger) : BackgroundService
{
    private const int MostRows = 5_000;

    // A transaction for each purge would cost the database as much as the application's own: a flood's are taken in few.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);
    private static readonly string Forget = SqlFile.Read("forget");

    // Whoever hears a row purges it too, up to the first wait: to wake another thread takes longer than that.
    private readonly Channel<OutboxRow> heard = Channel.CreateBounded<OutboxRow>(
        new BoundedChannelOptions(MostRows) { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly Channel<Purged> purged = Channel.CreateUnbounded<Purged>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Takes rows that were committed.</summary>
    /// <returns>How many it can't take, because too many wait.</returns>
    public int Take(IReadOnlyList<OutboxRow> rows) => rows.Count(row => !heard.Writer.TryWrite(row));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(PurgeAsync(stoppingToken), ForgetAsync(stoppingToken));

    private async Task PurgeAsync(CancellationToken stoppingToken)
    {
        while (await heard.Reader.WaitToReadAsync(stoppingToken))
        {
            var rows = new List<OutboxRow>();
            while (rows.Count < MostRows && heard.Reader.TryRead(out var row))
                rows.Add(row);

            try
            {
                await PurgeAsync(rows);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                redis.Failed(failure);
                Log.Left(logger, rows.Count, failure.Message);
                doorbell.Ring(rows.Count);
            }
        }
    }

    private async Task PurgeAsync(List<OutboxRow> rows)
    {
        var rules = catalog.Current;
        var (names, origins) = (new PurgeNames(), new PurgeOrigins());
        var understood = new List<OutboxRow>(rows.Count);
        foreach (var row in rows)
        {
            if (OutboxRowInterpreter.Interpret(row, rules, names) is not null)
                continue;
            understood.Add(row);
            origins.Add(row.TraceParent, row.Actor);
        }

        // The claim reads the newest rules, and knows what to do with a row that even those don't explain.
        if (understood.Count < rows.Count)
            doorbell.Ring(rows.Count - understood.Count);
        if (!names.IsEmpty || understood.Count > 0)
            purged.Writer.TryWrite(new Purged(understood, rules.Revision, await purger.PurgeAsync(names, origins, CancellationToken.None)));
    }

    private async Task ForgetAsync(CancellationToken stoppingToken)
    {
        var group = new List<Purged>();
        while (await purged.Reader.WaitToReadAsync(stoppingToken))
        {
            group.Clear();
            while (purged.Reader.TryRead(out var one))
                group.Add(one);

            try
            {
                await ForgetAsync(group);
            }
            catch (NpgsqlException failure)
            {
                postgres.Failed(failure);
                Log.Left(logger, group.Sum(one => one.Rows.Count), failure.Message);
            }

            await Task.Delay(Pace, time, stoppingToken);
        }
    }

    private async Task ForgetAsync(List<Purged> group)
    {
        await using (var connection = await dataSource.OpenConnectionAsync(CancellationToken.None))
        {
            await using var commands = new NpgsqlBatch(connection) { BatchCommands = { new("begin"), new("set local synchronous_commit to off") } };
            foreach (var one in group.GroupBy(one => one.RuleRevision, one => one.Rows))
            {
                long[] ids = [.. one.SelectMany(rows => rows).Select(row => row.Id)];
                commands.BatchCommands.Add(new NpgsqlBatchCommand(Forget) { Parameters = { new() { Value = ids }, new() { Value = one.Key } } });
            }

            foreach (var batch in group.SelectMany(one => one.Batches))
                commands.BatchCommands.Add(PurgeLog.Append(batch));
            commands.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            await commands.ExecuteNonQueryAsync(CancellationToken.None);
        }

        postgres.Answered();
        foreach (var one in group)
        {
            announcer.Announce(one.Batches);
            metrics.Relayed(one.Rows, 0, time.GetUtcNow());
        }
    }

    /// <summary>Rows that are purged, and by which rules.</summary>
    private sealed record Purged(List<OutboxRow> Rows, long RuleRevision, IReadOnlyList<PurgeBatch> Batches);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} changes are left to the claim: {Reason}")]
        public static partial void Left(ILogger logger, int count, string reason);
    }
}
