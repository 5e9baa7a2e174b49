using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Telemetry;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>Raises an alert: logs and counts it at once, and queues it for the bus.</summary>
internal sealed partial class AlertRaiser(
    AlertQueue queue, RegionAgentMetrics metrics, IOptions<RegionOptions> options, ILogger<AlertRaiser> logger)
{
    public void Raise(QueuedAlert alert)
    {
        queue.Add(alert);
        switch (alert.Message)
        {
            case ReplicaLagDetected detected:
                metrics.Detected(detected.Severity);
                Log.Detected(
                    logger, detected.Region, detected.Severity, detected.BehindBatches, detected.LagMilliseconds, detected.Link,
                    Advice(detected));
                break;
            case ReplicaLagRecovered recovered:
                metrics.Recovered(recovered.Worst);
                Log.Recovered(
                    logger, recovered.Region, recovered.DurationMilliseconds, recovered.WorstLagMilliseconds, recovered.LatePurges,
                    recovered.RepairedKeys);
                break;
        }
    }

    private string Advice(ReplicaLagDetected detected) => options.Value.Topology == Topology.ReadOnly
        ? Cause(detected) + " The agent can't repair a read-only replica. Readers stop using it when the lag is critical."
        : Cause(detected);

    private static string Cause(ReplicaLagDetected detected) => detected switch
    {
        { RefusedCommands: > 0 and var refused } =>
            $"Its Redis refused {refused} replicated commands, so the agent itself applies the purges from the bus and the log. "
                + "Compare used_memory with maxmemory, and check errorstat_* in INFO errorstats. "
                + "Raise maxmemory, or give every entry a TTL under 'maxmemory-policy volatile-lru'.",
        { Link: LinkState.Up } => "Check the load of the region's Redis and the bandwidth of the link.",
        { Link: LinkState.Unreachable } => "Check that the region's Redis runs.",
        _ => "Check the network to the primary, and master_link_status in INFO replication on the region's Redis.",
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} does not keep up ({Severity}): "
            + "{Behind} batches and {Lag:F0} ms behind, link {Link}. {Advice}")]
        public static partial void Detected(
            ILogger logger, string region, LagSeverity severity, long behind, double lag, LinkState link, string advice);

        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} recovered after {Duration:F0} ms: "
            + "at most {Lag:F0} ms behind, {Late} batches late, {Repaired} keys dropped by the agent")]
        public static partial void Recovered(ILogger logger, string region, double duration, double lag, long late, long repaired);
    }
}
