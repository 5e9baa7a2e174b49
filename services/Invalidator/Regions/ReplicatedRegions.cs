using LastMile.Events.Invalidator.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// Reports regions that wait for replication from a primary, although no primary is configured. Registered only without a primary.
/// </summary>
internal sealed class ReplicatedRegions(RegionReports regions, IOptions<InvalidatorOptions> options) : IHealthCheck
{
    public const string CheckName = "topologies";

    private const string Independent = "Independent";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] others =
        [
            .. regions.All
                .Where(entry => entry.Age < options.Value.SilentAfter && entry.Report.Topology != Independent)
                .Select(entry => $"{entry.Report.Region} ({entry.Report.Topology})"),
        ];
        return Task.FromResult(others.Length == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(
                $"No purge is replicated to these regions, because the Invalidator has no Redis primary: {string.Join(", ", others)}. "
                    + "Set Redis:ConnectionString of the Invalidator to their primary, or Region:Topology=Independent of their agents."));
    }
}
