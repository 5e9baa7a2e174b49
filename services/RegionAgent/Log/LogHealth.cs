using LastMile.Events.RegionAgent.Lineages;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>Reports whether the agent receives purges from the log because the bus is silent, or could not do so.</summary>
internal sealed class LogHealth(RegionLineages lineages) : IHealthCheck
{
    public const string CheckName = "purge-log";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] problems = [.. lineages.All.Select(ProblemOf).OfType<string>().Distinct(StringComparer.Ordinal)];
        return Task.FromResult(
            problems.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join(' ', problems)));
    }

    private static string? ProblemOf(AgentLineage lineage)
    {
        var (log, state) = (lineage.Get<PurgeLogClient>(), lineage.Get<LogState>());
        return state switch
        {
            _ when !log.IsConfigured => null,
            { Failure: { } reason } =>
                $"{reason} While the bus is silent, the region receives no purges. Check that an Invalidator runs there, and "
                    + "Region:Lineages:…:LogAddress and LogApiKey.",
            { Source: PurgeSource.Log } =>
                $"The bus is silent, so the agent receives purges from the log at {log.Address}. Check that RabbitMQ runs.",
            _ => null,
        };
    }
}
