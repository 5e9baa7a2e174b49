using LastMile.Events.Redis;

namespace LastMile.Events.Hosting;

/// <summary>The servers of the service's Redis at one moment: the only one, or the primary nodes of a cluster.</summary>
/// <param name="Nodes">The servers; in a cluster, those that serve slots, in the order of their ids.</param>
/// <param name="Version">
/// Differs between two moments if slots have moved or are moving, or a node was replaced. Empty outside a cluster.
/// </param>
/// <param name="IsMoving">Whether a slot is moving from one node to another.</param>
public sealed record RedisLayout(IReadOnlyList<RedisNode> Nodes, string Version, bool IsMoving)
{
    private readonly RedisNode?[] owners = new RedisNode?[HashSlot.Count];

    internal RedisLayout(IReadOnlyList<RedisNode> nodes, string version, bool isMoving, IEnumerable<(RedisNode Node, int Slot)> slots)
        : this(nodes, version, isMoving)
    {
        foreach (var (node, slot) in slots)
            owners[slot] = node;
    }

    /// <summary>Whether this is a cluster.</summary>
    public bool IsCluster => Nodes.Count == 0 || Nodes[0].IsShard;

    /// <summary>The number of slots that no node serves; 0 outside a cluster.</summary>
    public int Uncovered => IsCluster ? owners.Count(owner => owner is null) : 0;

    /// <summary>Returns the node that serves a slot; null for none.</summary>
    public RedisNode? Owner(int slot) => IsCluster ? owners[slot] : Nodes[0];

    /// <summary>Returns the slots of a node.</summary>
    public IEnumerable<int> SlotsOf(RedisNode node) => Enumerable.Range(0, HashSlot.Count).Where(slot => owners[slot] == node);
}
