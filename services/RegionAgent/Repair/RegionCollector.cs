using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Topologies;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>Deletes old tag generations in an independent region. In a replicated region, replication does.</summary>
internal sealed class RegionCollector(
    RedisConnection redis,
    RegionTopology topology,
    PurgeLedger ledger,
    LeadershipState leadership,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<RegionCollector> logger) : GenerationCollector(redis, options.Value.LongestEntryLifetime, time, logger)
{
    // Where replication moves the watermark, it also deletes the generations.
    protected override bool CanCollect => topology.MovesWatermark && leadership.IsLeading && ledger.HasBegun;

    protected override Task<Watermark> ReadAppliedAsync(CancellationToken cancellationToken) => Task.FromResult(ledger.Applied);

    protected override void Collected(long deleted, long left) => metrics.Collected(deleted, left);
}
