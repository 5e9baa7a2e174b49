using System.Diagnostics.Metrics;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Telemetry;

/// <summary>The agent's metrics.</summary>
internal sealed class RegionAgentMetrics
{
    private readonly KeyValuePair<string, object?> region;
    private readonly KeyValuePair<string, object?> lineage;
    private readonly Gauge<double> lag;
    private readonly Gauge<long> behind;
    private readonly Gauge<int> verdict;
    private readonly Counter<long> alerts;
    private readonly Counter<long> appliedKeys;
    private readonly Counter<long> repairedKeys;
    private readonly Counter<long> scannedKeys;
    private readonly Counter<long> refusedCommands;
    private readonly Counter<long> restoredGenerations;
    private readonly Gauge<long> generations;
    private readonly Counter<long> collectedGenerations;

    public RegionAgentMetrics(IMeterFactory meters, IOptions<RegionOptions> options, LineageOptions lineage)
    {
        var meter = meters.Create(ServiceDefaults.Telemetry);
        region = new("region", options.Value.Name);
        this.lineage = new("lineage", lineage.Name);
        lag = meter.CreateGauge<double>("lastmile.region.lag", "s", "Age of the oldest purge that the region has not applied.");
        behind = meter.CreateGauge<long>("lastmile.region.behind", "{batch}", "Purge batches that the region has not applied.");
        verdict = meter.CreateGauge<int>("lastmile.region.verdict", description: "1 for the current verdict, 0 for the others.");
        alerts = meter.CreateCounter<long>("lastmile.region.alerts", "{alert}", "Alerts raised, by kind.");
        appliedKeys = meter.CreateCounter<long>("lastmile.region.applied", "{name}", "Keys and tags that the agent purged itself.");
        repairedKeys = meter.CreateCounter<long>(
            "lastmile.region.repaired", "{key}", "Keys that still existed when the agent dropped them because replication was late.");
        refusedCommands = meter.CreateCounter<long>(
            "lastmile.region.refused", "{command}", "Replicated commands that the region's Redis refused.");
        restoredGenerations = meter.CreateCounter<long>(
            "lastmile.region.restored", "{tag}", "Tags that lost their generation and received a new one.");
        generations = meter.CreateGauge<long>(
            "lastmile.region.generations", "{tag}", "Tag generations in an independent region after the last collection.");
        collectedGenerations = meter.CreateCounter<long>(
            "lastmile.region.collected", "{tag}", "Tag generations deleted in an independent region because no entry is that old.");
        scannedKeys = meter.CreateCounter<long>("lastmile.region.scanned", "{key}", "Keys dropped by purges by prefix.");
    }

    public void Judged(VerdictState state)
    {
        lag.Record(state.Observation.Lag.TotalSeconds, region, lineage);
        behind.Record(state.Observation.Behind, region, lineage);
        foreach (var one in Enum.GetValues<Verdict>())
            verdict.Record(one == state.Verdict ? 1 : 0, region, lineage, new("verdict", one.ToString()));
    }

    public void Detected(LagSeverity severity) =>
        alerts.Add(1, region, lineage, new("kind", "detected"), new("severity", severity.ToString()));

    public void Recovered(LagSeverity worst) =>
        alerts.Add(1, region, lineage, new("kind", "recovered"), new("severity", worst.ToString()));

    public void Repaired(long keys) => repairedKeys.Add(keys, region, lineage);

    public void Refused(long commands) => refusedCommands.Add(commands, region, lineage);

    public void Restored(long tags) => restoredGenerations.Add(tags, region, lineage);

    public void Collected(long deleted, long left)
    {
        collectedGenerations.Add(deleted, region, lineage);
        generations.Record(left, region, lineage);
    }

    public void Scanned(long dropped) => scannedKeys.Add(dropped, region, lineage);

    public void Applied(int names) => appliedKeys.Add(names, region, lineage);
}
