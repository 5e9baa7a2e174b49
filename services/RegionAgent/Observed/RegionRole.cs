using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Interprets a server's replication state and memory settings for the configured topology.</summary>
internal static class RegionRole
{
    /// <summary>Returns the state of the link; <c>Down</c> for a server that should replicate and does not.</summary>
    public static LinkState Link(ReplicationInfo info, Topology topology) => (topology, info) switch
    {
        (Topology.Independent, _) => LinkState.Up,
        (_, { IsPrimary: true }) => LinkState.Down,
        (_, { Syncing: true }) => LinkState.Syncing,
        (_, { LinkUp: true }) => LinkState.Up,
        _ => LinkState.Down,
    };

    /// <summary>Returns the misconfiguration and the setting that fixes it; null when the server is configured correctly.</summary>
    /// <param name="info">The server's replication state.</param>
    /// <param name="topology">The configured topology.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Warning(ReplicationInfo info, Topology topology, string address) => (topology, info) switch
    {
        (Topology.Replicated, { IsPrimary: true }) =>
            $"The region's Redis {address} does not replicate from a primary, so no purge reaches it. "
                + "Set 'replicaof <primary host> <port>' on it, or set Region:Topology to Independent on this agent.",
        (Topology.Independent, { IsPrimary: false }) =>
            $"The region's Redis {address} replicates from another server, which can restore keys that this agent purged. "
                + "Set 'replicaof no one' on it, or set Region:Topology to Replicated on this agent.",
        (_, { ReadOnly: true }) =>
            $"The region's Redis {address} is read-only, so applications can't fill it. Set 'replica-read-only no' on it.",
        _ => null,
    };

    /// <summary>
    /// Returns why the region may lose tag generations or refuse purges, and the setting that fixes it; null when neither applies.
    /// </summary>
    /// <param name="memory">The server's memory settings and usage.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Warning(MemoryInfo memory, string address) => memory switch
    {
        { EvictsKeysWithoutTtl: true } =>
            $"The region's Redis {address} may evict tag generations (lm:tag:*), which makes entries of an older generation valid again, "
                + $"because its maxmemory-policy is {memory.Policy}. Set 'maxmemory-policy volatile-lru' on it and give every entry a TTL.",
        { Policy: "noeviction", IsNearlyFull: true } =>
            $"The region's Redis {address} uses {memory.UsedPercent} % of its maxmemory and evicts nothing. A full Redis refuses purges. "
                + "Set 'maxmemory-policy volatile-lru' on it, or raise maxmemory.",
        _ => null,
    };
}
