using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>
/// Reports whether purges reach the bus: degraded once announcing has failed for ten seconds. Replicated regions are still purged;
/// independent regions only if their agents have access to the log.
/// </summary>
internal sealed class AnnouncingHealth(TimeProvider time) : IHealthCheck
{
    public const string CheckName = "announcing";

    private static readonly TimeSpan DegradedAfter = TimeSpan.FromSeconds(10);

    private volatile Failing? failing;

    /// <summary>Records that the log's unannounced batches could not be read or published.</summary>
    public void Failed(Exception failure) => failing = new(failing?.Since ?? time.GetUtcNow(), failure.Message);

    /// <summary>Records that no unannounced batches are left, or that they were published.</summary>
    public void Succeeded() => failing = null;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(failing is { } now && time.GetUtcNow() - now.Since >= DegradedAfter
            ? HealthCheckResult.Degraded(
                $"Purges have not been announced since {now.Since:u}: {now.Reason} They wait in lastmile.purge_log. "
                    + "Check that RabbitMQ runs, that it accepts messages of 16 MiB (max_message_size), "
                    + "and that the Invalidator's user may publish.")
            : HealthCheckResult.Healthy());

    private sealed record Failing(DateTimeOffset Since, string Reason);
}
