using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>
/// Refuses messages of lineages that the agent does not serve: logs each lineage once, counts the messages, and is degraded while they
/// arrive. Thread-safe.
/// </summary>
internal sealed partial class UnknownLineages : IHealthCheck
{
    public const string CheckName = "lineages";

    // Names come from the bus, so their number is limited.
    private const int MaxNames = 100;

    // Invalidators send a heartbeat each second.
    private static readonly TimeSpan DegradedFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> newest = new(StringComparer.Ordinal);
    private readonly KeyValuePair<string, object?> region;
    private readonly Counter<long> refused;
    private readonly TimeProvider time;
    private readonly ILogger<UnknownLineages> logger;

    public UnknownLineages(
        IMeterFactory meters, IOptions<RegionOptions> options, TimeProvider time, ILogger<UnknownLineages> logger)
    {
        (region, this.time, this.logger) = (new("region", options.Value.Name), time, logger);
        refused = meters.Create(ServiceDefaults.Telemetry).CreateCounter<long>(
            "lastmile.region.unknown_lineage", "{message}", "Messages of lineages that are not in Region:Lineages.");
    }

    /// <summary>Records a message of a lineage that the agent does not serve.</summary>
    public void Refuse(string lineage)
    {
        refused.Add(1, region);
        var shown = RedisKeys.IsLineage(lineage) ? lineage : "(invalid)";
        if (newest.ContainsKey(shown))
            newest[shown] = time.GetTimestamp();
        else if (newest.Count < MaxNames && newest.TryAdd(shown, time.GetTimestamp()))
            Log.Unknown(logger, shown);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var arriving = newest.Where(entry => time.GetElapsedTime(entry.Value) < DegradedFor).Select(entry => entry.Key)
            .Order(StringComparer.Ordinal).ToList();
        return Task.FromResult(arriving.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(
                $"The region receives purges of unknown lineages, and does not prove or apply them: {string.Join(", ", arriving)}. "
                    + "Add each name to Region:Lineages, or use a virtual host of its own for that database."));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The agent refuses the purges of lineage {Lineage}, which it does not know. "
            + "Add the name to Region:Lineages, or use a virtual host of its own for that database")]
        public static partial void Unknown(ILogger logger, string lineage);
    }
}
