using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>
/// The region's Redis is a replica of the primary. Replication applies purges, and its watermark proves them. The agent applies those that
/// replication has not applied within <see cref="RegionOptions.RepairAfter"/>, or cannot prove.
/// </summary>
internal class ReplicatedTopology(
    PurgeLedger ledger, ObservedRegion observed, LeadershipState leadership, PrimaryStream stream, IOptions<RegionOptions> options)
    : RegionTopology(ledger, observed, leadership)
{
    private readonly ReplicationProof proof = new(ledger);

    public override bool MovesWatermark => false;

    public override TimeSpan ReplicationTimeout =>
        options.Value.RepairAfter > TimeSpan.Zero ? options.Value.RepairAfter : TimeSpan.MaxValue;

    public override TimeSpan CollectFor => TimeSpan.FromMilliseconds(50);

    public override TimeSpan CheckpointInterval => TimeSpan.FromSeconds(1);

    public override bool HasSample => proof.HasSample;

    // The replica's own watermark, or the one just before the first message.
    public override Watermark StartingWatermark => Observed.Current.Shown is var shown && shown != default ? shown : Ledger.Earliest;

    // A replica's watermark may have passed a purge that it refused.
    public override Watermark Proved => Ledger.Proved;

    public override StreamErrors? TrustedErrors => proof.Trusted;

    public override bool KnowsApplied(RegionSnapshot region) => region.WatermarkRead;

    public override long? BehindBytes(RegionSnapshot region) => stream.BytesBeyond(region.PrimaryId, region.Offset);

    // Where the watermark is no proof, use the purges that the agent has applied.
    public override Progress Settle(RegionSnapshot region, TimeSpan lateAfter, TimeSpan gapGrace) =>
        Ledger.HasUnproven ? Ledger.SettleApplied(gapGrace, lateAfter) : Ledger.Settle(region.Shown, lateAfter);

    public override void Begin(Watermark applied, Checkpoint previous) =>
        proof.Begin(applied, previous.Applied == default ? null : previous);

    public override long TakeRefused() => proof.TakeRefused();

    public override LinkState Link(ReplicationInfo info) => info switch
    {
        { IsPrimary: true } => LinkState.Down,
        { Syncing: true } => LinkState.Syncing,
        { LinkUp: true } => LinkState.Up,
        _ => LinkState.Down,
    };

    public override string? Warning(ReplicationInfo info, string address) => info.IsPrimary
        ? $"The region's Redis {address} does not replicate from a primary, so no purge reaches it. "
            + "Set 'replicaof <primary host> <port>' on it, or set Region:Topology to Independent on this agent."
        : base.Warning(info, address);

    public override string? Refusal(ServerFacts server, string address) => base.Refusal(server, address)
        ?? (server.Product is ServerProduct.Garnet or ServerProduct.Dragonfly
            ? $"The region's Redis {address} is {server.Product}, whose replicas refuse writes. "
                + "Set Region:Topology to Independent on this agent, and let the server replicate from no other."
            : null);

    public override string? ClusterRefusal(string address) =>
        $"The region's Redis {address} is a cluster, whose nodes can't replicate from the primary. "
            + "Set Region:Topology to Independent on this agent.";

    protected override void RecordSample(RegionSample sample) => proof.RecordSample(sample);

    protected override void Reset() => proof.Reset();
}
