using LastMile.Events.Redis;

namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>The state of a region's cluster, as its agent sees it.</summary>
/// <param name="Nodes">The nodes that have not failed, replicas included.</param>
/// <param name="Failed">The addresses of the nodes that have failed.</param>
/// <param name="UnservedSlots">The number of hash slots that no node serves.</param>
internal sealed record ClusterFacts(IReadOnlyList<RedisFacts> Nodes, IReadOnlyList<string> Failed, int UnservedSlots)
{
    /// <summary>The watermark that all nodes have reached.</summary>
    public Fact<Watermark> Watermark => OfAll(node => node.Watermark, nodes => nodes.Min());

    /// <summary>Whether every node that serves slots has the agent's marker.</summary>
    public Fact<bool> IsSound => OfAll(node => node.IsSound, nodes => nodes.All(isSound => isSound));

    /// <summary>The number of keys without a TTL that are not LastMile's, on all nodes.</summary>
    public Fact<long> KeysWithoutTtl => OfAll(node => node.KeysWithoutTtl, nodes => nodes.Sum());

    // Replicas have no names of their own.
    private Fact<T> OfAll<T>(Func<RedisFacts, Fact<T>> read, Func<IEnumerable<T>, T> combine)
    {
        var primaries = Nodes.Where(node => node.Info is { Missing: not null } or { Value.IsPrimary: true }).Select(read).ToList();
        return primaries.Find(fact => fact.Missing is not null) is { } unknown ? unknown
            : primaries.Count == 0 ? Fact<T>.Unknown("No node of the cluster answers.")
            : Fact<T>.Known(combine(primaries.Select(fact => fact.Value)));
    }
}
