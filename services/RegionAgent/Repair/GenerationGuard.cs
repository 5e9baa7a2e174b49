using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Gives a new generation to tags that have lost theirs, in a region that is set up to evict keys without a TTL. A tag without a generation
/// looks as if it was never purged, so an entry that was filled before its first purge would be valid again. It looks only after evictions:
/// a region that is set up well costs nothing.
/// </summary>
internal sealed partial class GenerationGuard(
    RegionStore cache, KnownTags tags, LeadershipState leadership, ObservedRegion observed, RegionAgentMetrics metrics, IOptions<RegionOptions> options, TimeProvider time,
    ILogger<GenerationGuard> logger) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // Less than a millisecond of the server's time.
    private const int TagsOfStep = 1_000;

    private long guardedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Waits(logger, cache.Address, failure.GetBaseException().Message));
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (leadership.IsLeading && observed.Current is { EvictsLasting: true } region && region.Evicted != guardedAt)
                await retry.ExecuteAsync(async _ => await GuardAsync(region.Evicted), stoppingToken);
        }
    }

    private async Task GuardAsync(long evicted)
    {
        var restored = 0L;
        foreach (var some in tags.All.Chunk(TagsOfStep))
            restored += await cache.RestoreAsync(some);
        guardedAt = evicted;
        if (restored == 0)
            return;
        metrics.Restored(restored);
        Log.Restored(logger, options.Value.Name, restored);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has evicted the generations of {Count} tags: they have new ones, and entries that depend on them are misses. Set 'maxmemory-policy volatile-lru' on its Redis")]
        public static partial void Restored(ILogger logger, string region, long count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Tags that may have lost their generation wait for the region's Redis {Address}: {Reason} Check that it runs; the service goes on trying")]
        public static partial void Waits(ILogger logger, string address, string reason);
    }
}
