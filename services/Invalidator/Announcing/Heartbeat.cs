using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Status;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Tells the regions each second what the primary's watermark is, and thereby watches the primary.</summary>
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

    /// <summary>The primary's watermark when it was last read; null before.</summary>
    public Watermark? Watermark { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            // A first connection to a primary that is not there takes seconds, and can't be told to stop.
            if (await ReadAsync(stoppingToken).WaitAsync(stoppingToken) is { } heartbeat)
                await RespondAsync(heartbeat, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<InvalidatorHeartbeat?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var script = await primary.ScriptAsync();
            // Before the epoch, which asks PostgreSQL first: a primary that is down is told of even if both are.
            Watermark = await script.ReadWatermarkAsync();
            await epoch.GetAsync(cancellationToken);
            await primary.MarkAsync(await identity.ReadAsync(cancellationToken));
            await primary.ProbeAsync();
            Watermark = await script.ReadWatermarkAsync();
            // After the watermark: a region that has received this much of the stream shows it.
            var replication = await primary.ReplicationAsync();
            epoch.PrimarySeen(replication.Identity);
            var memory = await primary.MemoryAsync();
            metrics.PrimaryUses(memory);
            redis.Warn(primary.Warning(memory));
            redis.Answered();
            return Watermark is not { } shown ? null : new InvalidatorHeartbeat(options.Value.Name, shown.Epoch, shown.Sequence, time.GetUtcNow())
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
            // The relay reports PostgreSQL; without it there is no epoch to speak of. The primary has answered before.
            redis.Answered();
            return null;
        }
    }

    private async Task RespondAsync(InvalidatorHeartbeat heartbeat, CancellationToken cancellationToken)
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
