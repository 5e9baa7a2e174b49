using System.Net;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>A node of the region's Redis that holds keys: the only server, or a primary node of a cluster.</summary>
/// <param name="node">The node in a cluster; null for a single server.</param>
/// <param name="names">LastMile's own names on this node.</param>
/// <param name="soundness">Holds while the region's agent reports that purges arrive on this node in time.</param>
internal sealed class Shard(ClusterNode? node, RedisKeys names, TimedTrust soundness)
{
    /// <summary>The node in a cluster; null for a single server.</summary>
    public ClusterNode? Node { get; } = node;

    /// <summary>LastMile's own names on this node.</summary>
    public RedisKeys Names { get; } = names;

    /// <summary>Holds while the region's agent reports that purges arrive on this node in time.</summary>
    public TimedTrust Soundness { get; } = soundness;
}

/// <summary>A primary node of a cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="EndPoint">Its address.</param>
/// <param name="LowestSlot">The lowest slot that it serves, which gives LastMile's own names on it their hash tag.</param>
internal sealed record ClusterNode(string Id, EndPoint EndPoint, int LowestSlot);
