using LastMile.Events.Hosting;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>What a node of the region's cluster shows, compared with what the agent left there.</summary>
internal enum NodeState
{
    /// <summary>As the agent left it, or the agent has left nothing on any node.</summary>
    Intact,

    /// <summary>Its lowest slot has changed, so the names under which the agent looks for its watermark are new. It misses nothing.</summary>
    Moved,

    /// <summary>It restarted or was replaced, and has every purge up to the watermark that it shows.</summary>
    FellBack,

    /// <summary>
    /// It shows no watermark and may have lost generations of tags, so that entries on other nodes would be valid again.
    /// </summary>
    Lost,
}

/// <summary>
/// The watermarks that the active agent has written on each node of the region's cluster. It judges what a node shows now, and combines
/// all nodes to the state of one region. Thread-safe.
/// </summary>
internal sealed class ClusterHistory
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Known> nodes = new(StringComparer.Ordinal);
    private readonly string?[] owners = new string?[HashSlot.Count];

    /// <summary>The greatest watermark that the agent has written on any node.</summary>
    public Watermark Newest
    {
        get
        {
            lock (gate)
                return nodes.Count > 0 ? nodes.Values.Max(known => known.Saved) : default;
        }
    }

    /// <summary>Returns the run of a whole cluster, which changes with the run of any node.</summary>
    public static string RunOf(IEnumerable<(RedisNode Node, string Run)> runs) =>
        string.Join(';', runs.Select(pair => $"{pair.Node.Id}={pair.Run}"));

    /// <summary>Returns whether the run of a whole cluster contains the run of a node.</summary>
    public static bool Contains(string clusterRun, RedisNode node, string run) =>
        clusterRun.Split(';').Contains($"{node.Id}={run}", StringComparer.Ordinal);

    /// <summary>Forgets everything, because another agent may have written since.</summary>
    public void Clear()
    {
        lock (gate)
        {
            nodes.Clear();
            Array.Clear(owners);
        }
    }

    /// <summary>Returns what the agent left on a node; null if it knows nothing of it, or has written under other names there.</summary>
    public Checkpoint? LeftOn(RedisNode node)
    {
        lock (gate)
        {
            return nodes.TryGetValue(node.Id, out var known) && known.Shard == node.Keys.Shard
                ? new Checkpoint(known.Saved, known.Run)
                : null;
        }
    }

    /// <summary>Records the watermark of each node, and which node serves which slot.</summary>
    public void Record(RedisLayout layout, IEnumerable<(RedisNode Node, Checkpoint Held)> held)
    {
        lock (gate)
        {
            foreach (var (node, checkpoint) in held)
                nodes[node.Id] = new Known(checkpoint.Run, node.Keys.Shard, checkpoint.Applied);
            // Only while every node is known does a new owner of a slot mean that the slot has moved.
            if (!layout.Nodes.All(node => nodes.ContainsKey(node.Id)))
                return;
            for (var slot = 0; slot < HashSlot.Count; slot++)
                owners[slot] = layout.Owner(slot)?.Id;
        }
    }

    /// <summary>Judges each node.</summary>
    /// <param name="layout">The nodes.</param>
    /// <param name="shown">What each node shows.</param>
    public IReadOnlyList<NodeState> Judge(RedisLayout layout, IReadOnlyList<(RedisNode Node, Checkpoint Held)> shown)
    {
        lock (gate)
        {
            var running = shown.ToDictionary(pair => pair.Node.Id, pair => pair.Held.Run, StringComparer.Ordinal);
            return [.. shown.Select(pair => Judge(layout, pair.Node, pair.Held, running))];
        }
    }

    /// <summary>Combines the samples of all nodes. The region shows the least watermark, or none if a node has to receive one first.</summary>
    public RegionSample Combine(RedisLayout layout, IReadOnlyList<RegionSample> samples)
    {
        var shown = layout.Nodes.Zip(samples, (node, sample) => (Node: node, Held: new Checkpoint(sample.Shown, sample.Errors.Run))).ToList();
        var states = Judge(layout, shown);
        var isOld = states.Contains(NodeState.FellBack);
        var counted = shown.Where((pair, n) => !isOld || states[n] is NodeState.FellBack or NodeState.Intact)
            .Select((pair, n) => pair.Held.Applied);
        var least = !isOld && states.Any(state => state != NodeState.Intact) ? default : counted.Min();
        return new RegionSample(
            least,
            new StreamErrors(RunOf(shown.Select(pair => (pair.Node, pair.Held.Run))), samples.Sum(sample => sample.Errors.Count)),
            samples.Sum(sample => sample.Evicted));
    }

    private NodeState Judge(RedisLayout layout, RedisNode node, Checkpoint held, Dictionary<string, string> running)
    {
        if (nodes.Count == 0)
            return NodeState.Intact;
        if (!nodes.TryGetValue(node.Id, out var known))
            return HasOnlyMovedSlots(layout, node, running) ? NodeState.Moved : OldOrLost(held);
        if (known.Run != held.Run)
            return OldOrLost(held);
        if (known.Shard != node.Keys.Shard)
            return NodeState.Moved;
        return held.Applied >= known.Saved ? NodeState.Intact : OldOrLost(held);
    }

    private static NodeState OldOrLost(Checkpoint held) => held.Applied == default ? NodeState.Lost : NodeState.FellBack;

    // Slots move together with their keys, from nodes that still run. A replica that replaces its primary takes the slots of one that does
    // not.
    private bool HasOnlyMovedSlots(RedisLayout layout, RedisNode node, Dictionary<string, string> running) =>
        layout.SlotsOf(node).All(slot => owners[slot] is { } owner && nodes.TryGetValue(owner, out var known)
            && running.TryGetValue(owner, out var run) && run == known.Run);

    private sealed record Known(string Run, string? Shard, Watermark Saved);
}
