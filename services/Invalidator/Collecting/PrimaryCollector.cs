using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Invalidator.Telemetry;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Collecting;

/// <summary>
/// Deletes old tag generations on the primary; replication deletes them in the replicated regions. While a region lags or is silent, they
/// are kept.
/// </summary>
internal sealed class PrimaryCollector(
    RedisConnection redis,
    KnownRegions regions,
    SchemaInstallation schema,
    InvalidatorMetrics metrics,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<PrimaryCollector> logger) : GenerationCollector(redis, options.Value.LongestEntryLifetime, time, logger)
{
    protected override bool CanCollect => schema.Installed.IsCompletedSuccessfully;

    protected override Task<Watermark> ReadAppliedAsync(CancellationToken cancellationToken) =>
        regions.ReadAppliedByAllAsync(cancellationToken);

    protected override void Collected(long deleted, long left) => metrics.Collected(deleted, left);

    protected override bool IsKnown(Exception failure) => base.IsKnown(failure) || failure is NpgsqlException and not PostgresException;
}
