using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.DoubleDelete;

/// <summary>
/// Repeats logged purges after a delay: a reader that read an old value before the purge may have cached it afterwards. Like the claim, it
/// commits only together with the purge.
/// </summary>
internal sealed class DelayedDoubleDelete(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    IWatermarkSource source,
    RedisKeys keys,
    PurgePipeline pipeline,
    IOptions<InvalidatorOptions> options,
    TimeProvider time) : BackgroundService
{
    // Bounds memory and the duration of one transaction: a batch holds up to 10,000 names.
    private const int MaxBatches = 50;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    // With the option off, only other Invalidators or earlier runs leave batches to repeat.
    private static readonly TimeSpan WaitWhenOff = TimeSpan.FromMinutes(1);

    private static readonly string Due = SqlFile.Read("due_double_deletes");
    private static readonly string NextDue = SqlFile.Read("next_double_delete");
    private static readonly string ClearDue = SqlFile.Read("clear_double_deletes");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        var retry = Retry.Forever(time, pipeline.Failed);
        while (true)
        {
            while (await retry.ExecuteAsync(async token => await PurgeDueAsync(token), stoppingToken) == MaxBatches)
            {
            }

            var delay = await retry.ExecuteAsync(async token => await ReadDelayAsync(token), stoppingToken);
            await Task.Delay(delay, time, stoppingToken);
        }
    }

    private async Task<int> PurgeDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        await using var due = new NpgsqlCommand(Due, connection) { Parameters = { new() { Value = MaxBatches } } };
        var first = await PurgeLog.ReadAsync(due, cancellationToken);
        if (first.Count == 0)
            return 0;

        // The batches that were read are purged and logged even if the service stops.
        var second = new List<PurgeBatch>();
        await TransactionKeepAlive.WhileAsync(connection, token => PurgeAsync(first, second, token), time, CancellationToken.None);
        // A repeated purge must not schedule another one.
        var once = second.ConvertAll(batch => batch with { DoubleDeleteAfter = null });
        await pipeline.LogAsync(once, (appends, token) => CommitAsync(transaction, first, appends, token), CancellationToken.None);
        return first.Count;
    }

    private async Task PurgeAsync(List<PurgeBatch> first, List<PurgeBatch> second, CancellationToken cancellationToken)
    {
        var (names, origins) = (new PurgeNames(keys), new PurgeOrigins());
        foreach (var batch in first)
        {
            names.Add(batch.Keys, batch.Tags);
            origins.Add(batch.Origins);
        }

        second.AddRange(await pipeline.PurgeAsync(names, origins, cancellationToken));
        var order = new PurgeOrder([], [], [.. origins.All]);
        foreach (var prefix in first.Select(batch => batch.Prefix).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            await DropAsync(prefix, cancellationToken);
            second.Add(await pipeline.PurgeAsync(order with { Prefix = prefix }, cancellationToken));
        }

        if (first.Exists(batch => batch.Everything))
            second.Add(await pipeline.PurgeAsync(order with { Everything = true }, cancellationToken));
    }

    private async Task DropAsync(string prefix, CancellationToken cancellationToken)
    {
        var cursor = "";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            cursor = await source.DropAsync(prefix, cursor);
        }
        while (cursor.Length > 0);
    }

    private static async Task CommitAsync(
        NpgsqlTransaction transaction, List<PurgeBatch> first, LogAppends appends, CancellationToken cancellationToken)
    {
        await using (var log = new NpgsqlBatch(transaction.Connection))
        {
            appends.AddTo(log);
            log.BatchCommands.Add(new NpgsqlBatchCommand(ClearDue)
            {
                Parameters = { new() { Value = first.ConvertAll(batch => batch.Id) } },
            });
            await appends.ExecuteAsync(log, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<TimeSpan> ReadDelayAsync(CancellationToken cancellationToken)
    {
        if (options.Value.DoubleDeleteAfter == TimeSpan.Zero)
            return WaitWhenOff;

        await using var command = dataSource.CreateCommand(NextDue);
        return await command.ExecuteScalarAsync(cancellationToken) is TimeSpan next && next < LongestWait
            ? next > ShortestWait ? next : ShortestWait
            : LongestWait;
    }
}
