using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>
/// Logs each health check only when its result changes: one line when a server fails, and one when it is back. A server that has never
/// answered is logged only after the start deadline: at startup, waiting for a server is normal.
/// </summary>
internal sealed partial class HealthLog(IOptions<HealthLogOptions> options, TimeProvider time, ILogger<HealthLog> logger)
    : IHealthCheckPublisher
{
    private readonly Dictionary<string, HealthStatus> last = new(StringComparer.Ordinal);
    private readonly long started = time.GetTimestamp();

    private bool IsStarting => time.GetElapsedTime(started) < options.Value.StartDeadline;

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in report.Entries)
        {
            var known = last.TryGetValue(name, out var previous);
            if ((known && previous == entry.Status) || (!known && entry.Status == HealthStatus.Unhealthy && IsStarting))
                continue;

            last[name] = entry.Status;

            var text = entry.Description ?? entry.Exception?.Message ?? "";
            if (entry.Status == HealthStatus.Unhealthy)
                Log.Unhealthy(logger, name, text);
            else if (entry.Status == HealthStatus.Degraded)
                Log.Degraded(logger, name, text);
            else if (known)
                Log.Healthy(logger, name);
        }

        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Check} is unhealthy: {Description}")]
        public static partial void Unhealthy(ILogger logger, string check, string description);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Check} is degraded: {Description}")]
        public static partial void Degraded(ILogger logger, string check, string description);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Check} is healthy again")]
        public static partial void Healthy(ILogger logger, string check);
    }
}

/// <summary>The options of <see cref="HealthLog"/>.</summary>
internal sealed class HealthLogOptions
{
    /// <summary>The time after the start during which a server that has never answered is not logged. Default 15 s.</summary>
    public TimeSpan StartDeadline { get; set; } = TimeSpan.FromSeconds(15);
}
