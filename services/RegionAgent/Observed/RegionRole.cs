using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Reads from a server's replication state what it means for a region of the configured topology.</summary>
internal static class RegionRole
{
    /// <summary>The state of the link. A server that should replicate and does not has none.</summary>
    public static LinkState Link(ReplicationInfo info, Topology topology) => (topology, info) switch
    {
        (Topology.Independent, _) => LinkState.Up,
        (_, { IsPrimary: true }) => LinkState.Down,
        (_, { Syncing: true }) => LinkState.Syncing,
        (_, { LinkUp: true }) => LinkState.Up,
        _ => LinkState.Down,
    };

    /// <summary>What is set up wrongly, and which setting mends it; null when nothing is.</summary>
    /// <param name="info">What the server says.</param>
    /// <param name="topology">What it should be.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Warning(ReplicationInfo info, Topology topology, string address) => (topology, info) switch
    {
        (Topology.Replicated, { IsPrimary: true }) =>
            $"The region's Redis {address} does not replicate from a primary, so no purge reaches it: set 'replicaof <primary host> <port>' there, or Region:Topology to Independent here.",
        (Topology.Independent, { IsPrimary: false }) =>
            $"The region's Redis {address} replicates from another server, which would overwrite what is purged here: set 'replicaof no one' there, or Region:Topology to Replicated here.",
        (_, { ReadOnly: true }) =>
            $"The region's Redis {address} is read-only, so applications can't fill it: set 'replica-read-only no' there.",
        _ => null,
    };

    /// <summary>Returns why the region may lose tag generations or refuse purges, and which setting mends it; null when it does neither.</summary>
    /// <param name="memory">What the server says.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Warning(MemoryInfo memory, string address) => memory switch
    {
        { EvictsLasting: true } =>
            $"The region's Redis {address} may evict tag generations (lm:tag:*), and entries of an older generation would be valid again: its maxmemory-policy is {memory.Policy}. "
                + "Set 'maxmemory-policy volatile-lru' there and give every entry a TTL.",
        { Policy: "noeviction", IsNearlyFull: true } =>
            $"The region's Redis {address} uses {memory.UsedPercent} % of its maxmemory and evicts nothing; a full one refuses purges. Set 'maxmemory-policy volatile-lru' there, or raise maxmemory.",
        _ => null,
    };
}
