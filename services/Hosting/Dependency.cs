using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Hosting;

/// <summary>
/// What a service knows of a server that it works with, from the work itself: whoever talks to the server reports how it went.
/// The health check only reads it, so it costs the server nothing.
/// </summary>
/// <param name="name">The server, such as <c>postgres</c>.</param>
/// <param name="setting">The setting that says where it is.</param>
public sealed class Dependency(string name, string setting) : IHealthCheck
{
    private volatile Exception? failure;
    private volatile string? warning;
    private volatile bool heard;

    /// <summary>The server's name in health reports and logs.</summary>
    public string Name => name;

    /// <summary>It did what was asked.</summary>
    public void Answered()
    {
        failure = null;
        heard = true;
    }

    /// <summary>It did not do what was asked.</summary>
    /// <param name="exception">Why.</param>
    public void Failed(Exception exception)
    {
        failure = exception;
        heard = true;
    }

    /// <summary>It answers, but is not set up as it should be.</summary>
    /// <param name="text">What is wrong and which setting to change; null when all is well.</param>
    public void Warn(string? text) => warning = text;

    /// <summary>Says that it does not answer, why, and what to check.</summary>
    /// <param name="exception">Why.</param>
    public string DoesNotAnswer(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return $"{name} does not answer: {exception.Reason()} Check that it runs and that {setting} is right";
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(this switch
        {
            { heard: false } => HealthCheckResult.Unhealthy($"{name} has not answered yet. If this lasts, check {setting}."),
            { failure: { } exception } => HealthCheckResult.Unhealthy($"{DoesNotAnswer(exception)}; the service goes on trying."),
            { warning: { } text } => HealthCheckResult.Degraded(text),
            _ => HealthCheckResult.Healthy(),
        });
}
