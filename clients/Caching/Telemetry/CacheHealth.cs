using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Telemetry;

/// <summary>Reports as degraded that reads load their values, with the reason.</summary>
internal sealed class CacheHealth(CacheParts cache) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await ProblemAsync().ConfigureAwait(false) is { } problem ? HealthCheckResult.Degraded(problem) : HealthCheckResult.Healthy();

    private async Task<string?> ProblemAsync() => (cache.Connection.IsConnected, cache.Soundness.Holds, cache.Feed.Trust.Holds) switch
    {
        (false, _, _) =>
            $"The region's Redis {cache.Connection} does not answer, so each read loads its value. Check that the server runs.",
        (_, false, _) => $"The agent of the region's Redis {cache.Connection} has not reported that purges arrive in time, "
            + "so each read loads its value. Check that the agent runs, and its /status.",
        (_, _, false) => $"This process does not receive purges from the region's Redis {cache.Connection}, so it serves nothing from "
            + "memory. Check that the application may subscribe to its channels.",
        _ => await ProblemOfPrimaryAsync().ConfigureAwait(false),
    };

    private async Task<string?> ProblemOfPrimaryAsync()
    {
        if (cache.Primary is not { Shards: { } map } primary)
            return null;
        try
        {
            // A cluster rejects two keys of different slots.
            var names = map.Shards[0].Names;
            await primary.Database.StringGetAsync([names.Watermark, names.Late], CommandFlags.DemandMaster).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure) when (failure is RedisException or RedisCommandException or TimeoutException)
        {
            return $"The primary {primary} of the region's Redis can't be used, so values that the region does not hold are loaded and not "
                + $"stored: {failure.Message} Check that it runs, that it can be reached from here, and that RegionPrimary is the primary "
                + "itself and no cluster.";
        }
    }
}
