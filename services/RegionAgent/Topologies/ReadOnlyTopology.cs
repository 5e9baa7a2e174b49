using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>
/// The region's Redis is a replica of the primary that refuses writes. Replication applies purges, and its watermark proves them. The agent
/// can't apply a late purge, because only the primary can change the replica.
/// </summary>
internal sealed class ReadOnlyTopology(
    PurgeLedger ledger, ObservedRegion observed, LeadershipState leadership, PrimaryStream stream, IOptions<RegionOptions> options)
    : ReplicatedTopology(ledger, observed, leadership, stream, options)
{
    public override TimeSpan ReplicationTimeout => TimeSpan.MaxValue;

    public override string? Warning(ReplicationInfo info, string address) => info switch
    {
        { IsPrimary: true } => $"The region's Redis {address} does not replicate from a primary, so no purge reaches it. "
            + "Set 'replicaof <primary host> <port>' on it, or set Region:Topology to Independent on this agent.",
        { ReadOnly: false } => $"The region's Redis {address} accepts writes, and this agent does not purge what is written there. "
            + "Set 'replica-read-only yes' on it, or set Region:Topology to Replicated on this agent.",
        _ => null,
    };

    public override string? Refusal(ServerFacts server, string address) => server.Product is ServerProduct.Garnet or ServerProduct.Dragonfly
        ? $"The region's Redis {address} is {server.Product}. LastMile does not support it as a read-only replica. "
            + "Set Region:Topology to Independent on this agent, and let the server replicate from no other."
        : base.Refusal(server, address);
}
