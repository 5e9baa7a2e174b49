using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// The purges that some nodes of the cluster have applied and others have not, because one does not answer. The next attempt sends only the
/// rest, so that the other nodes' new entries stay. In memory bounded by the pending purges. Thread-safe.
/// </summary>
internal sealed class PurgeProgress
{
    private readonly Lock gate = new();
    private readonly Dictionary<Watermark, Unfinished> unfinished = [];
    private int era;

    public PurgeProgress(LeadershipState leadership) => leadership.Changed += (_, _) =>
    {
        lock (gate)
            unfinished.Clear();
    };

    /// <summary>Discards everything if the region has fallen back, because a node may have lost what it had applied.</summary>
    public void Continue(int current)
    {
        lock (gate)
        {
            if (era != current)
                unfinished.Clear();
            era = current;
        }
    }

    /// <summary>Returns whether an earlier attempt has applied a part of a purge.</summary>
    public bool Knows(PendingPurge purge) => Read(() => unfinished.ContainsKey(purge.Watermark));

    /// <summary>Returns whether an earlier attempt has purged a name for a purge.</summary>
    public bool Has(PendingPurge purge, string name) =>
        Read(() => unfinished.TryGetValue(purge.Watermark, out var known) && known.Names.Contains(name));

    /// <summary>Returns whether a node has published all names of a purge.</summary>
    public bool IsPublished(PendingPurge purge, RedisNode node) =>
        Read(() => unfinished.TryGetValue(purge.Watermark, out var known) && known.Nodes.Contains(node.Id));

    /// <summary>Records an attempt that did not finish a purge.</summary>
    /// <param name="purge">The purge.</param>
    /// <param name="names">The names that are purged now.</param>
    /// <param name="nodes">The nodes that have published all of its names now.</param>
    public void Record(PendingPurge purge, IEnumerable<string> names, IEnumerable<RedisNode> nodes)
    {
        lock (gate)
        {
            if (!unfinished.TryGetValue(purge.Watermark, out var known))
                unfinished.Add(purge.Watermark, known = new Unfinished([], []));
            known.Names.UnionWith(names);
            known.Nodes.UnionWith(nodes.Select(node => node.Id));
        }
    }

    /// <summary>Forgets a finished purge.</summary>
    public void Forget(PendingPurge purge)
    {
        lock (gate)
            unfinished.Remove(purge.Watermark);
    }

    private bool Read(Func<bool> read)
    {
        lock (gate)
            return read();
    }

    private sealed record Unfinished(HashSet<string> Names, HashSet<string> Nodes);
}
