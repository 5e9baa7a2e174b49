using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Invalidator.Telemetry;
using Npgsql;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>
/// Announces each purge batch to every region. Purging does not wait for it: batches are announced from memory, and after a crash or a bus
/// outage from the log. A batch may be announced twice but is never skipped.
/// </summary>
internal sealed partial class Announcer : BackgroundService
{
    private const int SweepSize = 20;

    // A message costs the broker and the agents more than a batch in it, so a flood of batches shares few messages. A lone batch does not
    // wait.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(2);
    private static readonly string Unannounced = SqlFile.Read("unannounced");

    private readonly NpgsqlDataSource dataSource;
    private readonly SchemaInstallation schema;
    private readonly BusPublisher publisher;
    private readonly AnnouncementCheckpoint checkpoint;
    private readonly InvalidatorMetrics metrics;
    private readonly AnnouncingHealth health;
    private readonly TimeProvider time;
    private readonly ILogger<Announcer> logger;
    private readonly FreshBatches fresh = new();
    private readonly Outage outage;

    public Announcer(
        NpgsqlDataSource dataSource,
        SchemaInstallation schema,
        BusPublisher publisher,
        AnnouncementCheckpoint checkpoint,
        InvalidatorMetrics metrics,
        AnnouncingHealth health,
        TimeProvider time,
        ILogger<Announcer> logger)
    {
        (this.dataSource, this.schema, this.publisher, this.checkpoint) = (dataSource, schema, publisher, checkpoint);
        (this.metrics, this.health, this.time, this.logger) = (metrics, health, time, logger);
        outage = new Outage(time, reason => Log.Deferred(logger, reason), lasted => Log.Resumed(logger, lasted.TotalSeconds));
    }

    /// <summary>Queues batches for announcement. Their rows in the log must be committed, unless the log has refused them.</summary>
    public void Announce(IReadOnlyList<PurgeBatch> batches)
    {
        foreach (var batch in batches)
            fresh.Add(batch);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        await Task.WhenAll(AnnounceFreshAsync(stoppingToken), SweepAsync(stoppingToken));
    }

    private async Task AnnounceFreshAsync(CancellationToken stoppingToken)
    {
        var group = new List<PurgeBatch>();
        while (true)
        {
            await fresh.TakeAsync(group, stoppingToken);
            try
            {
                await publisher.PublishAsync(group, stoppingToken);
                checkpoint.Add(group.Where(batch => !batch.IsUnlogged));
                outage.Succeeded();
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.AnnouncementFailed(group.Count);
                outage.Failed(failure);
                Log.Unannounced(logger, group.Count, failure.Message);
            }

            await Task.Delay(Pace, time, stoppingToken);
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure =>
        {
            health.Failed(failure);
            Log.SweepFailed(logger, failure.Message);
        });
        using var timer = new PeriodicTimer(SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            while (await retry.ExecuteAsync(async token => await SweepOnceAsync(token), stoppingToken) == SweepSize)
            {
            }
        }
    }

    private async Task<int> SweepOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);

        await using var unannounced = new NpgsqlCommand(Unannounced, connection) { Parameters = { new() { Value = SweepSize } } };
        var missed = await PurgeLog.ReadAsync(unannounced, cancellationToken);
        foreach (var message in MessageSize.Split(missed))
            await publisher.PublishAsync(message, cancellationToken);
        health.Succeeded();
        if (missed.Count == 0)
            return 0;

        outage.Succeeded();
        await AnnouncementCheckpoint.MarkAsync(connection, missed.ConvertAll(batch => batch.Id), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Log.Swept(logger, missed.Count);
        return missed.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Purges can't be announced to the regions: {Reason} They are in the log and will be announced from there. "
                + "Check that RabbitMQ runs and that RabbitMq:Uri is right")]
        public static partial void Deferred(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} purge batches wait in the log to be announced: {Reason}")]
        public static partial void Unannounced(ILogger logger, int count, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "Purges are announced to the regions again after {Seconds:0.0} s")]
        public static partial void Resumed(ILogger logger, double seconds);

        [LoggerMessage(Level = LogLevel.Debug, Message = "Announcing batches from the log failed and will be retried: {Reason}")]
        public static partial void SweepFailed(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "Announced {Count} purge batches from the log")]
        public static partial void Swept(ILogger logger, int count);
    }
}
