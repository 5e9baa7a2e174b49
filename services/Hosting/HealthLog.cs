using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace LastMile.Events.Hosting;

/// <summary>Logs each health check when its result changes, and only then: one line when a server goes, one when it is back.</summary>
internal sealed partial class HealthLog(ILogger<HealthLog> logger) : IHealthCheckPublisher
{
    private readonly Dictionary<string, (HealthStatus Status, string? Text)> last = new(StringComparer.Ordinal);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in report.Entries)
        {
            var known = last.TryGetValue(name, out var previous);
            last[name] = (entry.Status, entry.Description);
            if (known && previous.Status == entry.Status)
                continue;

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
