using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Caching.Telemetry;

/// <summary>Reports as degraded that reads load their values, with the reason.</summary>
internal sealed class CacheHealth(CacheParts cache) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((cache.Connection.IsConnected, cache.Soundness.Holds, cache.Feed.Trust.Holds) switch
        {
            (false, _, _) => HealthCheckResult.Degraded(
                $"The region's Redis {cache.Connection} does not answer, so each read loads its value. Check that the server runs."),
            (_, false, _) => HealthCheckResult.Degraded(
                $"The agent of the region's Redis {cache.Connection} has not reported that purges arrive in time, "
                    + "so each read loads its value. Check that the agent runs, and its /status."),
            (_, _, false) => HealthCheckResult.Degraded(
                $"This process does not receive purges from the region's Redis {cache.Connection}, so it serves nothing from memory. "
                    + "Check that the application may subscribe to its channels."),
            _ => HealthCheckResult.Healthy(),
        });
}
