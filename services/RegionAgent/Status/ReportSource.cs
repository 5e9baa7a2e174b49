using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Topologies;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>The region's state, as the agent reports it to the Invalidators.</summary>
internal sealed class ReportSource
{
    private readonly VerdictBoard board;
    private readonly PurgeLedger ledger;
    private readonly RegionTopology topology;
    private readonly PrefixSweep sweep;
    private readonly RegionOptions options;
    private readonly LineageOptions lineage;
    private readonly TimeProvider time;
    private readonly WorstLag worst = new();
    private long movedAt;

    public ReportSource(
        VerdictBoard board, ObservedRegion observed, PurgeLedger ledger, RegionTopology topology, PrefixSweep sweep,
        IOptions<RegionOptions> options, LineageOptions lineage, TimeProvider time)
    {
        (this.board, this.ledger, this.topology, this.sweep) = (board, ledger, topology, sweep);
        (this.options, this.lineage, this.time) = (options.Value, lineage, time);
        (Moved, movedAt) = (new Signal(time), time.GetTimestamp());
        observed.Sampled += (_, _) => Move();
        ledger.Advanced += (_, _) => Move();
        board.Changed += (_, _) => worst.Record(board.Current.Observation.Lag);
    }

    /// <summary>Raised when a watermark of the region has moved.</summary>
    public Signal Moved { get; }

    /// <summary>Returns the next report. Its worst lag is the greatest one since the previous report.</summary>
    public RegionReported Next()
    {
        var state = board.Current;
        return new RegionReported(
            options.Name,
            options.AgentName,
            options.Topology.ToString(),
            state.Verdict.ToString(),
            Place(topology.Proved),
            Place(ledger.Applied),
            time.GetUtcNow())
        {
            Lineage = lineage.Name,
            Severity = state.Episode?.Severity,
            Link = state.Observation.Link,
            AgeMilliseconds = time.GetElapsedTime(Volatile.Read(ref movedAt)).TotalMilliseconds,
            LagMilliseconds = state.Observation.Lag.TotalMilliseconds,
            WorstLagMilliseconds = worst.Take().TotalMilliseconds,
            BehindBytes = state.Observation.BehindBytes,
            Scan = sweep.Current,
        };
    }

    private void Move()
    {
        Volatile.Write(ref movedAt, time.GetTimestamp());
        Moved.Raise();
    }

    private static RegionWatermark? Place(Watermark watermark) => watermark == default ? null : new(watermark.Epoch, watermark.Sequence);
}
