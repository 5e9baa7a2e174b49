using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Keeps the agent's progress on every node of a cluster: the watermark, under the names of the node's lowest slot. It means that all nodes
/// have applied every purge up to it, so it also holds for a slot that moves. A node writes it after the purges that it covers, so a
/// replica that replaces the node and lacks purges shows an older one.
/// </summary>
internal sealed partial class ClusterCheckpoints(
    RedisConnection connection, ClusterHistory history, IOptions<RegionOptions> options, ILogger<ClusterCheckpoints> logger)
{
    /// <summary>Reads the checkpoint of the previous agent: the least watermark of all nodes.</summary>
    /// <param name="dropEverything">
    /// Drops the region's whole cache. Used if some nodes have a checkpoint and others have none: their history is unknown.
    /// </param>
    public async Task<Checkpoint> ReadAsync(Func<Task<long>> dropEverything)
    {
        history.Clear();
        var layout = await connection.LayoutAsync(isStale: true);
        RequireEveryNode(layout);
        var held = await OnEachAsync(layout.Nodes, node => Of(node).ReadAsync());
        var known = held.Where(pair => pair.Held.Applied != default).Select(pair => pair.Held.Applied).ToList();
        if (known.Count > 0 && known.Count < held.Count)
        {
            Log.Unknown(logger, options.Value.Name, Names(held.Where(pair => pair.Held.Applied == default)));
            await dropEverything();
            held = await OnEachAsync(held, pair => pair.Held.Applied == default
                ? Of(pair.Node).MoveAsync(pair.Held, known.Min(), stream: null)
                : Task.FromResult(pair.Held));
        }

        history.Record(layout, held);
        return Combine(held);
    }

    /// <summary>Moves the checkpoint on every node. A node that fell back and that the caller does not know of does not move.</summary>
    /// <param name="from">The checkpoint as the caller left it, with the run of the whole cluster.</param>
    /// <param name="to">The new position.</param>
    /// <param name="dropEverything">Drops the region's whole cache, if a node lost generations of tags.</param>
    /// <returns>The checkpoint afterwards: the least of all nodes.</returns>
    public async Task<Checkpoint> MoveAsync(Checkpoint from, Watermark to, Func<Task<long>> dropEverything)
    {
        var layout = await connection.LayoutAsync();
        RequireEveryNode(layout);
        try
        {
            return await MoveAsync(layout, from, to, dropEverything);
        }
        catch (RedisException)
        {
            await connection.LayoutAsync(isStale: true);
            throw;
        }
    }

    /// <summary>Throws if a slot is served by no node that the client can reach.</summary>
    public void RequireEveryNode(RedisLayout layout)
    {
        if (layout.Uncovered > 0)
            throw new RedisException($"No reachable node of the cluster {connection} serves {layout.Uncovered} slots.");
    }

    private async Task<Checkpoint> MoveAsync(RedisLayout layout, Checkpoint from, Watermark to, Func<Task<long>> dropEverything)
    {
        var newest = history.Newest;
        var held = await OnEachAsync(layout.Nodes, node => history.LeftOn(node) is { } left && to > left.Applied
            ? Of(node).MoveAsync(left, to, stream: null)
            : Of(node).ReadAsync());
        var states = history.Judge(layout, held);
        var lost = held.Where((_, n) => states[n] == NodeState.Lost).ToList();
        if (lost.Count > 0)
        {
            Log.Lost(logger, options.Value.Name, Names(lost));
            await dropEverything();
        }

        var old = held.Where((_, n) => states[n] == NodeState.FellBack).ToList();
        var unknown = old.Where(pair => !IsKnown(from, pair)).ToHashSet();
        var moved = await OnEachAsync(held.Zip(states).ToList(), pair => pair.Second == NodeState.Intact || unknown.Contains(pair.First)
            ? Task.FromResult(pair.First.Held)
            : Of(pair.First.Node).MoveAsync(pair.First.Held, to, stream: null), pair => pair.First.Node);
        // The history of an old node begins again when it has what the other nodes have. Until then, readers may not use it.
        var unsound = (to < newest ? old : old.Where(unknown.Contains)).Select(pair => pair.Node).ToHashSet();
        history.Record(layout, moved.Where(pair => !unsound.Contains(pair.Node)));
        return Combine(moved);
    }

    // A node may show an older watermark in the same run: a former primary that has resynced and serves again.
    private static bool IsKnown(Checkpoint from, (RedisNode Node, Checkpoint Held) pair) =>
        ClusterHistory.Contains(from.Run, pair.Node, pair.Held.Run) && from.Applied <= pair.Held.Applied;

    private static RegionCheckpoints Of(RedisNode node) => new(node, movesWatermark: true);

    private static Checkpoint Combine(IReadOnlyList<(RedisNode Node, Checkpoint Held)> held) =>
        new(held.Min(pair => pair.Held.Applied), ClusterHistory.RunOf(held.Select(pair => (pair.Node, pair.Held.Run))));

    private static string Names(IEnumerable<(RedisNode Node, Checkpoint Held)> nodes) => string.Join(", ", nodes.Select(pair => pair.Node));

    private static Task<List<(RedisNode Node, Checkpoint Held)>> OnEachAsync(
        IReadOnlyList<RedisNode> nodes, Func<RedisNode, Task<Checkpoint>> work) => OnEachAsync(nodes, work, node => node);

    private static Task<List<(RedisNode Node, Checkpoint Held)>> OnEachAsync(
        IReadOnlyList<(RedisNode Node, Checkpoint Held)> nodes, Func<(RedisNode Node, Checkpoint Held), Task<Checkpoint>> work) =>
        OnEachAsync(nodes, work, pair => pair.Node);

    private static async Task<List<(RedisNode Node, Checkpoint Held)>> OnEachAsync<T>(
        IReadOnlyList<T> items, Func<T, Task<Checkpoint>> work, Func<T, RedisNode> nodeOf)
    {
        var held = await Task.WhenAll(items.Select(work));
        return [.. items.Zip(held, (item, checkpoint) => (nodeOf(item), checkpoint))];
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region}: the cluster's nodes {Nodes} have no checkpoint, and the "
            + "others have one, so what they missed is unknown. The agent dropped the region's cache. Keep an agent "
            + "running while slots move")]
        public static partial void Unknown(ILogger logger, string region, string nodes);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region}: the cluster's nodes {Nodes} came back without their data, "
            + "including the generations of tags that entries on other nodes depend on. The agent dropped the region's cache. Give each "
            + "primary a replica, and let it restart no sooner than cluster-node-timeout")]
        public static partial void Lost(ILogger logger, string region, string nodes);
    }
}
