using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Telemetry;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Publishes the primary's watermark to the regions each second, and monitors the primary.</summary>
internal sealed partial class Heartbeat(
    Primary primary,
    CurrentEpoch epoch,
    DatabaseIdentity identity,
    BusPublisher publisher,
    InvalidatorMetrics metrics,
    [FromKeyedServices(Servers.Redis)] Dependency redis,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<Heartbeat> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>The primary's watermark when it was last read; null before that, or if the primary has none.</summary>
    public Watermark? Watermark { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            // The first connection to an unreachable primary takes seconds and can't be cancelled.
            if (await ReadAsync(stoppingToken).WaitAsync(stoppingToken) is { } heartbeat)
                await PublishAsync(heartbeat, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<InvalidatorHeartbeat?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var script = await primary.ScriptAsync();
            // Read before the epoch, which needs PostgreSQL: a primary that is down is then reported even if PostgreSQL is down too.
            Watermark = await script.ReadWatermarkAsync();
            await epoch.GetOrOpenAsync(cancellationToken);
            await primary.MarkAsync(await identity.ReadAsync(cancellationToken));
            await primary.ProbeAsync();
            Watermark = await script.ReadWatermarkAsync();
            // Read after the watermark: a region that has received the stream up to this offset then has that watermark.
            var replication = await primary.ReplicationAsync();
            epoch.ForgetIfReplacedBy(replication.Identity);
            var memory = await primary.MemoryAsync();
            metrics.PrimaryUses(memory);
            redis.Warn(primary.Warning(memory));
            redis.Answered();
            if (Watermark is not { } shown)
                return null;

            return new InvalidatorHeartbeat(options.Value.Name, shown.Epoch, shown.Sequence, time.GetUtcNow())
            {
                PrimaryId = replication.Identity,
                PrimaryOffset = replication.Offset,
            };
        }
        catch (Exception failure) when (failure is RedisException or InvalidOperationException or TimeoutException)
        {
            redis.Failed(failure);
            return null;
        }
        catch (Exception failure) when (failure is NpgsqlException or BusHeldException)
        {
            // The primary has answered. The relay reports PostgreSQL, without which no epoch is known.
            redis.Answered();
            return null;
        }
    }

    private async Task PublishAsync(InvalidatorHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        try
        {
            await publisher.PublishAsync(heartbeat, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotPublished(logger, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A heartbeat could not be published: {Reason}")]
        public static partial void NotPublished(ILogger logger, string reason);
    }
}
