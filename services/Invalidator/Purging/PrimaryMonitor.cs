using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Telemetry;
using LastMile.Events.Redis;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Checks the primary: opens its epoch, stores the database's identity, and records its watermark, health and memory.</summary>
internal sealed class PrimaryMonitor(
    Primary primary,
    PrimaryEpoch epoch,
    DatabaseIdentity identity,
    InvalidatorMetrics metrics,
    [FromKeyedServices(Servers.Redis)] Dependency redis) : IWatermarkMonitor
{
    /// <summary>The primary's watermark when it was last read; null before that, or if the primary has none.</summary>
    public Watermark? Watermark { get; private set; }

    /// <summary>Checks the primary once, and records the result as its health.</summary>
    /// <returns>Its state; null when the primary has no watermark, or when the primary or PostgreSQL does not answer.</returns>
    public async Task<WatermarkState?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var script = await primary.ScriptAsync();
            // Read before the epoch, which needs PostgreSQL: a primary that is down is then reported even if PostgreSQL is down too.
            Watermark = await script.ReadWatermarkAsync();
            await epoch.GetOrOpenAsync(cancellationToken);
            await primary.MarkAsync(await identity.ReadAsync(cancellationToken));
            Watermark = await script.ReadWatermarkAsync();
            // Read after the watermark: a region that has received the stream up to this offset then has that watermark.
            var replication = await primary.ReplicationAsync();
            epoch.ForgetIfReplacedBy(replication.Identity);
            await primary.ProbeAsync(replication.Identity);
            var facts = await primary.FactsAsync();
            metrics.PrimaryUses(facts.Memory);
            redis.Warn(primary.Warning(facts));
            redis.Answered();
            return Watermark is { } shown ? new WatermarkState(shown, replication) : null;
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
}
