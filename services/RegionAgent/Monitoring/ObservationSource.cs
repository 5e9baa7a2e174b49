using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Topologies;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Monitoring;

/// <summary>Collects the input of a verdict from state in memory. Not thread-safe.</summary>
internal sealed class ObservationSource(
    PurgeLedger ledger,
    RegionTopology topology,
    ObservedRegion observed,
    RepairCount repaired,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time)
{
    // Just after its start the agent itself may be slow, rather than its region.
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    // The log closes a gap sooner, even if the Invalidator that crashed and left the gap must restart first. A gap that lasts is a problem.
    private static readonly TimeSpan GapGrace = TimeSpan.FromSeconds(10);

    private readonly long started = time.GetTimestamp();
    private long copies;

    /// <summary>The current moment.</summary>
    public Moment Now => new(time.GetElapsedTime(started), time.GetUtcNow());

    /// <summary>Starts again, because another agent is or was active.</summary>
    public void Reset() => copies = observed.Current.Copies;

    /// <summary>Returns the observation for the next verdict.</summary>
    /// <param name="previous">The observation of the previous verdict.</param>
    public Observation Next(Observation previous)
    {
        var region = observed.Current;
        var progress = topology.Settle(region, options.Value.WarnAfter, GapGrace);
        var refused = topology.TakeRefused();
        var now = Now;
        return new Observation
        {
            Now = now,
            Received = progress.Received,
            MessageAge = progress.MessageAge,
            Seen = topology.KnowsApplied(region),
            Expected = progress.Expected,
            Observed = region.Shown,
            Lag = progress.Lag,
            Behind = progress.Behind,
            Late = progress.Late,
            BehindBytes = topology.BehindBytes(region),
            Repaired = repaired.Uncounted,
            Refused = refused,
            Diverged = refused > 0 || (previous.Diverged && ledger.HasPendingUnproven),
            Link = Copied(region) ? LinkState.Syncing : region.Link,
            OutFor = OutFor(region),
            NextEpisode = Guid.CreateVersion7(now.At),
        };
    }

    /// <summary>Records a verdict in the metrics, and subtracts the repairs that its episode has counted.</summary>
    public void Record(VerdictState previous, VerdictState next)
    {
        metrics.Judged(next);
        metrics.Refused(next.Observation.Refused);
        // Repair begins before the episode does, so keep the count until the lag becomes an episode or ends.
        if (previous.Episode is not null || next.Episode is not null || next.Observation.Lag == TimeSpan.Zero)
            repaired.Subtract(next.Observation.Repaired);
    }

    // A full resync from an almost empty primary can finish between two samples.
    private bool Copied(RegionSnapshot region)
    {
        var before = copies;
        copies = region.Copies;
        return copies != before;
    }

    private TimeSpan OutFor(RegionSnapshot region)
    {
        if (region.OutSince is not { } since)
            return TimeSpan.Zero;

        var outFor = time.GetElapsedTime(since) - (region.Answered ? TimeSpan.Zero : StartGrace);
        return outFor > TimeSpan.Zero ? outFor : TimeSpan.Zero;
    }
}
