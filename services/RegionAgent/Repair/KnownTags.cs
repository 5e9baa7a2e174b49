using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The tags that this agent has seen purged, in bounded memory: the longest unpurged are forgotten first. Thread-safe.</summary>
internal sealed class KnownTags
{
    /// <summary>The most tags: some 20 MB.</summary>
    internal const int Capacity = 100_000;

    private readonly Lock gate = new();
    private readonly LinkedList<string> byAge = new();
    private readonly Dictionary<string, LinkedListNode<string>> nodes = new(StringComparer.Ordinal);

    /// <summary>A copy of them, the longest unpurged first.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (gate)
                return [.. byAge];
        }
    }

    /// <summary>A purge was made.</summary>
    public void Add(PurgeApplied batch)
    {
        if (!batch.Everything && batch.Tags.Count == 0)
            return;
        lock (gate)
        {
            // With everything the entries went that a lost generation could revive.
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
