using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>The region's Redis is a separate server. The agent applies every purge at once, and moves the watermark.</summary>
internal sealed class IndependentTopology(PurgeLedger ledger, ObservedRegion observed, LeadershipState leadership)
    : RegionTopology(ledger, observed, leadership)
{
    public override bool MovesWatermark => true;

    public override TimeSpan ReplicationTimeout => TimeSpan.Zero;

    public override TimeSpan CollectFor => TimeSpan.Zero;

    public override TimeSpan CheckpointInterval => TimeSpan.Zero;

    public override bool HasSample => Observed.Current.WatermarkRead;

    // The watermark just before the first message.
    public override Watermark StartingWatermark => Ledger.Earliest;

    // The region may have fallen back since the last sample.
    public override Watermark Proved
    {
        get
        {
            var (shown, applied) = (Observed.Current.Shown, Ledger.Applied);
            return shown < applied ? shown : applied;
        }
    }

    public override bool KnowsApplied(RegionSnapshot region) => Ledger.HasBegun;

    public override Progress Settle(RegionSnapshot region, TimeSpan lateAfter, TimeSpan gapGrace) =>
        Ledger.SettleApplied(gapGrace, lateAfter);

    public override LinkState Link(ReplicationInfo info) => LinkState.Up;

    public override string? Warning(ReplicationInfo info, string address) => !info.IsPrimary
        ? $"The region's Redis {address} replicates from another server, which can restore keys that this agent purged. "
            + "Set 'replicaof no one' on it, or set Region:Topology to Replicated on this agent."
        : base.Warning(info, address);
}
