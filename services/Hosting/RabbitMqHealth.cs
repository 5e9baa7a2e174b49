using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Hosting;

/// <summary>
/// Whether the service is on the bus. Replaces MassTransit's own check, which reports a missing broker as a degraded service and does not
/// name the setting.
/// </summary>
internal sealed class RabbitMqHealth(IBusControl bus, BrokerGate gate, MismatchedEndpoints mismatched) : IHealthCheck
{
    public const string Name = "rabbitmq";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = bus.CheckHealth();
        return Task.FromResult(gate.Refusal is null && health.Status == BusHealthStatus.Healthy
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(Explain(health)));
    }

    private string Explain(BusHealthResult health) => gate.Refusal switch
    {
        BusHeldException held => held.Message,
        null when mismatched.Explanation is { } explanation => explanation,
        var refusal => $"{Name} does not answer: {Why(refusal ?? health.Exception, health.Description)}. "
            + "Check that it runs and that RabbitMq:Uri is right; the service keeps retrying.",
    };

    private static string Why(Exception? exception, string description) =>
        (exception?.GetBaseException().Message ?? description).TrimEnd().TrimEnd('.');
}
