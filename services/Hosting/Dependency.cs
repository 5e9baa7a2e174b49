using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Hosting;

/// <summary>
/// The state of a server that the service uses. The code that calls the server reports each result here, so the health check costs the
/// server nothing.
/// </summary>
/// <param name="name">The server, such as <c>postgres</c>.</param>
/// <param name="setting">The setting with its address.</param>
public sealed class Dependency(string name, string setting) : IHealthCheck
{
    private volatile Exception? failure;
    private volatile string? warning;
    private volatile bool reported;

    /// <summary>The server's name in health reports and logs.</summary>
    public string Name => name;

    /// <summary>Records that a call succeeded.</summary>
    public void Answered()
    {
        failure = null;
        reported = true;
    }

    /// <summary>Records that a call failed.</summary>
    /// <param name="exception">The failure.</param>
    public void Failed(Exception exception)
    {
        failure = exception;
        reported = true;
    }

    /// <summary>Sets or clears a warning: the server answers, but its configuration is wrong.</summary>
    /// <param name="text">The problem and the setting to change; null to clear the warning.</param>
    public void Warn(string? text) => warning = text;

    /// <summary>Returns the message for a server that does not answer, with the reason and what to check.</summary>
    /// <param name="exception">The reason.</param>
    public string DoesNotAnswer(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return $"{name} does not answer: {exception.Reason()} Check that it runs and that {setting} is right";
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(this switch
        {
            { reported: false } => HealthCheckResult.Unhealthy($"{name} has not answered yet. If this lasts, check {setting}."),
            { failure: { } exception } => HealthCheckResult.Unhealthy($"{DoesNotAnswer(exception)}; the service keeps retrying."),
            { warning: { } text } => HealthCheckResult.Degraded(text),
            _ => HealthCheckResult.Healthy(),
        });
}
