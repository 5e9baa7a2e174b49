using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Claims changes from the outbox, purges them, and only then commits the claim: a crash in between repeats a purge but loses none.
/// Any number of workers may run, in this and other Invalidators.
/// </summary>
internal sealed partial class ClaimRelay(
    NpgsqlDataSource dataSource,
    RuleRefresh refresh,
    Doorbell doorbell,
    OutboxClaim claim,
    RuleCatalog catalog,
    PurgePipeline pipeline,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    InvalidatorMetrics metrics,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<ClaimRelay> logger) : BackgroundService
{
    private const int ShownLength = 60;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await refresh.Read.WaitAsync(stoppingToken);
        await Task.WhenAll(Enumerable.Range(0, options.Value.Workers).Select(_ => RunAsync(stoppingToken)));
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, Report);
        var emptyPolls = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = await retry.ExecuteAsync(async token => await RelayAsync(token), stoppingToken);
            if (claimed.Rows.Count > 0)
                emptyPolls = 0;
            if (!claimed.IsFull)
                emptyPolls = await doorbell.WaitAsync(emptyPolls, stoppingToken) ? 0 : emptyPolls + 1;
        }
    }

    private async Task<ClaimedRows> RelayAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        var claimed = await claim.TakeAsync(connection, stoppingToken);
        postgres.Answered();
        var rows = claimed.Rows;
        if (rows.Count == 0)
            return claimed;

        // More rows may remain: wake another worker.
        if (claimed.IsFull)
            doorbell.Ring();

        // A claimed batch is finished even if the service stops.
        var finish = CancellationToken.None;
        var rules = await catalog.AtLeastAsync(claimed.RuleRevision, connection, finish);
        var names = new PurgeNames(rules.Own);
        var rejected = Interpret(rows, rules, names);

        await pipeline.RunAsync(names, OriginsOf(rows), (appends, token) => CommitAsync(connection, appends, rejected, token), finish);
        metrics.Relayed(rows, rejected.Count, time.GetUtcNow());
        return claimed;
    }

    // One round trip. If it fails, the transaction is rolled back when the connection returns to its pool.
    private static async Task CommitAsync(
        NpgsqlConnection connection,
        IEnumerable<NpgsqlBatchCommand> appends,
        List<(OutboxRow Row, string Reason)> rejected,
        CancellationToken cancellationToken)
    {
        await using var commands = new NpgsqlBatch(connection);
        foreach (var append in appends)
            commands.BatchCommands.Add(append);
        foreach (var (row, reason) in rejected)
            commands.BatchCommands.Add(Quarantine.Keep(row, reason));
        commands.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await commands.ExecuteNonQueryAsync(cancellationToken);
    }

    private List<(OutboxRow Row, string Reason)> Interpret(List<OutboxRow> rows, RuleBook rules, PurgeNames names)
    {
        var rejected = new List<(OutboxRow Row, string Reason)>();
        foreach (var row in rows)
        {
            if (OutboxRowInterpreter.Interpret(row, rules, names) is not { } reason)
                continue;

            // A table that can't be captured fails on every write: one report per claim is enough.
            if (row.Kind == OutboxRow.Failure && rejected.Exists(other => other.Row.Entity == row.Entity && other.Reason == reason))
                continue;

            rejected.Add((row, reason));
        }

        // Logs one line per entity and reason, because a line per row could fill the disk. The quarantine has the rows.
        foreach (var alike in rejected.GroupBy(row => (row.Row.Entity, row.Reason)))
            Log.Quarantined(logger, alike.Count(), alike.First().Row.Id, Truncation.Of(alike.Key.Entity, ShownLength), alike.Key.Reason);

        return rejected;
    }

    private static PurgeOrigins OriginsOf(List<OutboxRow> rows)
    {
        var origins = new PurgeOrigins();
        foreach (var row in rows)
            origins.Add(row.TraceParent, row.Actor);
        return origins;
    }

    private void Report(Exception failure)
    {
        metrics.RelayFailed();
        pipeline.Failed(failure);
        Log.Failed(logger, failure.Message);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Moving {Count} outbox rows (first: {Id}) to lastmile.outbox_quarantine "
                + "and purging the whole tag {Entity} instead: {Reason}")]
        public static partial void Quarantined(ILogger logger, int count, long id, string entity, string reason);

        [LoggerMessage(Level = LogLevel.Debug, Message = "A claim failed and will be retried: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
