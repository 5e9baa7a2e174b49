using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>
/// Whether what was purged reaches the bus. As a health check it is degraded once that has failed for ten seconds: regions that replicate are
/// purged all the same, those that do not are not.
/// </summary>
internal sealed class AnnouncingHealth(TimeProvider time) : IHealthCheck
{
    public const string CheckName = "announcing";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile Failing? failing;

    /// <summary>The log's unannounced batches could not be published, or not be read.</summary>
    public void Failed(Exception failure) => failing = new(failing?.Since ?? time.GetUtcNow(), failure.Message);

    /// <summary>Nothing is left to announce, or it was announced.</summary>
    public void Succeeded() => failing = null;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(failing is { } now && time.GetUtcNow() - now.Since >= Patience
            ? HealthCheckResult.Degraded(
                $"Purges have not been announced since {now.Since:u}: {now.Reason} They wait in lastmile.purge_log. Check that RabbitMQ runs, that it takes messages of 16 MiB (max_message_size), and that the Invalidator's user may publish.")
            : HealthCheckResult.Healthy());

    private sealed record Failing(DateTimeOffset Since, string Reason);
}
