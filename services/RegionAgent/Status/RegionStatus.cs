using System.Text.Json.Serialization;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using LastMile.Events.RegionAgent.Log;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>The response of <c>/status</c>: the first lineage, and a list of all lineages.</summary>
/// <param name="Region">The region's name.</param>
/// <param name="Topology">How purges reach the region.</param>
/// <param name="Active">Whether this agent is active for the region; false while it is on standby.</param>
/// <param name="ReceivesFrom">Where this agent receives purges from.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Severity">The severity of the open episode; null when no episode is open.</param>
/// <param name="Since">When the verdict last changed.</param>
/// <param name="Expected">The newest watermark received from the bus or the log; null for none.</param>
/// <param name="Observed">The watermark on the region's Redis; null for none.</param>
/// <param name="Applied">
/// Every purge up to this watermark is known and applied, by replication or by the agent; null until the agent has determined it.
/// </param>
/// <param name="BehindBatches">Batches missing in the region.</param>
/// <param name="LagMs">The age of the oldest missing batch, in milliseconds.</param>
/// <param name="Link">The replication link.</param>
/// <param name="LastAlert">The newest alert since the agent's start; null for none.</param>
/// <param name="AlertsWaiting">Alerts that the bus has not accepted yet.</param>
/// <param name="Lineage">The lineage that the values above are about.</param>
/// <param name="Lineages">The status of each lineage; null in an entry of this list.</param>
internal sealed record RegionStatus(
    string Region,
    Topology Topology,
    bool Active,
    PurgeSource ReceivesFrom,
    Verdict Verdict,
    LagSeverity? Severity,
    DateTimeOffset Since,
    WatermarkStatus? Expected,
    WatermarkStatus? Observed,
    WatermarkStatus? Applied,
    long BehindBatches,
    double LagMs,
    LinkState Link,
    AlertStatus? LastAlert,
    int AlertsWaiting,
    string Lineage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<RegionStatus>? Lineages)
{
    public static RegionStatus Of(RegionOptions region, LeadershipState leadership, RegionLineages lineages)
    {
        IReadOnlyList<RegionStatus> all = [.. lineages.All.Select(lineage => Of(
            region,
            leadership,
            lineage.Get<LogState>(),
            lineage.Get<VerdictBoard>().Current,
            lineage.Get<PurgeLedger>(),
            lineage.Get<AlertQueue>(),
            lineage.Name))];
        return all[0] with { Lineages = all };
    }

    private static RegionStatus Of(
        RegionOptions region,
        LeadershipState leadership,
        LogState log,
        VerdictState state,
        PurgeLedger ledger,
        AlertQueue alerts,
        string lineage) => new(
        region.Name,
        region.Topology,
        leadership.IsLeading,
        log.Source,
        state.Verdict,
        state.Episode?.Severity,
        state.Since.At,
        WatermarkStatus.Of(state.Observation.Expected),
        WatermarkStatus.Of(state.Observation.Observed),
        WatermarkStatus.Of(ledger.Applied),
        state.Observation.Behind,
        Math.Round(state.Observation.Lag.TotalMilliseconds, 1),
        state.Observation.Link,
        AlertStatus.Of(alerts.Newest),
        alerts.Count,
        lineage,
        Lineages: null);
}

/// <summary>A watermark.</summary>
internal sealed record WatermarkStatus(long Epoch, long Sequence)
{
    public static WatermarkStatus? Of(Watermark watermark) => watermark == default ? null : new(watermark.Epoch, watermark.Sequence);
}

/// <summary>A summary of an alert.</summary>
internal sealed record AlertStatus(string Kind, LagSeverity Severity, Guid Episode, DateTimeOffset At)
{
    public static AlertStatus? Of(QueuedAlert? alert) => alert?.Message switch
    {
        ReplicaLagDetected detected => new("detected", detected.Severity, detected.Episode, detected.At),
        ReplicaLagRecovered recovered => new("recovered", recovered.Worst, recovered.Episode, recovered.At),
        _ => null,
    };
}

/// <summary>Maps <c>/status</c>.</summary>
internal static class StatusEndpoint
{
    public static void MapStatus(this WebApplication app) =>
        app.MapGet(
                "/status",
                (LeadershipState leadership, RegionLineages lineages, IOptions<RegionOptions> options) =>
                    RegionStatus.Of(options.Value, leadership, lineages))
            .AddEndpointFilter(LocalRequest.RejectOtherHostsAsync);
}
