using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Telemetry;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Writes a new generation for each tag that lost its own, in a region that may evict keys without a TTL. A tag without a generation looks
/// as if it was never purged, so an entry from before its first purge would be valid again. The guard runs only after evictions, so it
/// costs nothing in a correctly configured region.
/// </summary>
internal sealed partial class GenerationGuard(
    RegionStore store,
    KnownTags tags,
    LeadershipState leadership,
    ObservedRegion observed,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<GenerationGuard> logger) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    // Takes less than a millisecond of the server's time.
    private const int TagsPerStep = 1_000;

    private long checkedAtEvictions;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Waits(logger, store.Address, failure.GetBaseException().Message));
        using var timer = new PeriodicTimer(PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (leadership.IsLeading && observed.Current is { EvictsKeysWithoutTtl: true } region && region.Evicted != checkedAtEvictions)
                await retry.ExecuteAsync(async _ => await GuardAsync(region.Evicted), stoppingToken);
        }
    }

    private async Task GuardAsync(long evicted)
    {
        var restored = 0L;
        foreach (var some in tags.All.Chunk(TagsPerStep))
            restored += await store.RestoreAsync(some);
        checkedAtEvictions = evicted;
        if (restored == 0)
            return;
        metrics.Restored(restored);
        Log.Restored(logger, options.Value.Name, restored);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} evicted the generations of {Count} tags. "
            + "The agent wrote new ones, so entries that depend on these tags are misses. "
            + "Set 'maxmemory-policy volatile-lru' on the region's Redis")]
        public static partial void Restored(ILogger logger, string region, long count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The agent can't restore evicted tag generations "
            + "on the region's Redis {Address}: {Reason} Check that it runs; the agent keeps retrying")]
        public static partial void Waits(ILogger logger, string address, string reason);
    }
}
