using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The tags of the purges that this agent has received, in bounded memory: the least recently purged are dropped first. Thread-safe.
/// </summary>
internal sealed class KnownTags
{
    /// <summary>The maximum number of tags: about 20 MB.</summary>
    internal const int Capacity = 100_000;

    private readonly Lock gate = new();
    private readonly LinkedList<string> byAge = new();
    private readonly Dictionary<string, LinkedListNode<string>> nodes = new(StringComparer.Ordinal);

    /// <summary>A copy of the tags, the least recently purged first.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (gate)
                return [.. byAge];
        }
    }

    /// <summary>Records the tags of a purge.</summary>
    public void Add(PurgeApplied batch)
    {
        if (!batch.Everything && batch.Tags.Count == 0)
            return;
        lock (gate)
        {
            // A purge of everything leaves no entry that a lost generation could make valid again.
            if (batch.Everything)
                Clear();
            foreach (var tag in batch.Tags)
                Add(tag);
        }
    }

    private void Add(string tag)
    {
        if (nodes.Remove(tag, out var known))
            byAge.Remove(known);
        nodes.Add(tag, byAge.AddLast(tag));
        if (nodes.Count <= Capacity)
            return;
        nodes.Remove(byAge.First!.Value);
        byAge.RemoveFirst();
    }

    private void Clear()
    {
        byAge.Clear();
        nodes.Clear();
    }
}
