using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>Reports whether the agent receives purges from the log because the bus is silent, or could not do so.</summary>
internal sealed class LogHealth(PurgeLogClient log, LogState state) : IHealthCheck
{
    public const string CheckName = "purge-log";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state switch
        {
            _ when !log.IsConfigured => HealthCheckResult.Healthy(),
            { Failure: { } reason } => HealthCheckResult.Degraded(
                $"{reason} While the bus is silent, the region receives no purges. Check that an Invalidator runs there, and "
                    + "Region:Lineages:…:LogAddress and LogApiKey."),
            { Source: PurgeSource.Log } => HealthCheckResult.Degraded(
                $"The bus is silent, so the agent receives purges from the log at {log.Address}. Check that RabbitMQ runs."),
            _ => HealthCheckResult.Healthy(),
        });
}
