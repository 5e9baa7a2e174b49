using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// The agent's writes to a cluster. A purge is done when all of its names are purged, and every node has published them: a process that
/// caches the region's entries subscribes on one node only.
/// </summary>
internal sealed class ClusterWriter(
    RedisConnection connection, ClusterHistory history, ClusterCheckpoints checkpoints, ClusterScan scan, PurgeProgress progress,
    TimeProvider time) : IRegionWriter
{
    private readonly NodeCommands purging = new(time);
    private readonly NodeCommands publishing = new(time);

    // Names that a part of a purge has dropped, and no node has published yet.
    private readonly List<string> partial = [];

    // Dropped keys of purges that are not done yet.
    private long uncounted;

    public Task<Checkpoint> ReadCheckpointAsync() => checkpoints.ReadAsync(DropEverythingAsync);

    public Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream) =>
        checkpoints.MoveAsync(from, to, DropEverythingAsync);

    // Publishes the names of the last call's purges while it purges the next ones. So over a slow link, a purge waits for one round trip
    // of the purges before it, and not for two.
    public async Task<DropResult> DropAsync(IReadOnlyList<PendingPurge> purges, int era)
    {
        progress.Continue(era);
        purging.Begin();
        publishing.Begin();
        if (purges.Any(purge => purge.Batch.Everything && !progress.Knows(purge)))
            uncounted += await DropEverythingAsync();
        var layout = await connection.LayoutAsync();
        var purged = purges.Where(IsPurged).ToList();
        var published = PublishAsync(layout, purged);
        await PurgeAsync(layout, [.. purges.Except(purged)]);
        var done = await published;
        var failure = purging.Failure ?? publishing.Failure ?? (layout.Uncovered > 0 ? NodeCommands.Unserved() : null);
        if (failure is not null)
            await connection.LayoutAsync(isStale: true);
        return new DropResult(done.Count > 0 ? TakeCount() : 0, done, failure);
    }

    // With commands of its own, because purges may be sent at the same time.
    public async Task DropUnloggedAsync(UnloggedNames names)
    {
        var (layout, own) = (await connection.LayoutAsync(), new NodeCommands(time));
        var tags = names.Tags.Distinct(StringComparer.Ordinal).ToDictionary(Name, StringComparer.Ordinal);
        if (tags.Count > 0 && !await MarkLateAsync(own, layout, default))
            tags.Clear();
        var purged = await SendAsync(own, layout, names.Keys, tags, default);
        await own.SendAsync(OnEach(layout), node => PublishAsync(node, purged.Keys));
    }

    public async Task<long> DropEverythingAsync()
    {
        var layout = await connection.LayoutAsync(isStale: true);
        checkpoints.RequireEveryNode(layout);
        var dropped = await Task.WhenAll(layout.Nodes.Select(node => new ApplyScript(node).DropEverythingAsync()));
        await Task.WhenAll(layout.Nodes.Select(node => node.PublishAsync(PurgeMessage.AllNames)));
        return dropped.Sum();
    }

    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags)
    {
        var purge = await ScriptAsync();
        return (await Task.WhenAll(tags.Select(purge.RestoreAsync))).LongCount(restored => restored);
    }

    public Task<(string Cursor, long Seen, long Dropped)> ScanStepAsync(string prefix, string cursor) => scan.StepAsync(prefix, cursor);

    public async Task<string?> ReadScanAsync() =>
        await new ScanCheckpoint(await connection.DatabaseAsync()).ReadAsync(connection.Keys.Scan);

    public async Task WriteScanAsync(string position) =>
        await new ScanCheckpoint(await connection.DatabaseAsync()).WriteAsync(connection.Keys.Scan, position);

    // Not on a node that was replaced, restarted or given a lower slot, until it has a checkpoint in its present run.
    public async Task SetSoundAsync(TimeSpan timeToLive, string run) => await OnEachAsync(
        node => history.LeftOn(node) is { } left ? new SoundMarker(node).SetAsync(timeToLive, left.Run) : Task.CompletedTask);

    public async Task ClearSoundAsync() => await OnEachAsync(node => new SoundMarker(node).ClearAsync());

    private long TakeCount()
    {
        var count = uncounted;
        uncounted = 0;
        return count;
    }

    private bool IsPurged(PendingPurge purge) => progress.Knows(purge) && Names(purge).All(name => progress.Has(purge, name));

    private async Task PurgeAsync(RedisLayout layout, IReadOnlyList<PendingPurge> purges)
    {
        if (purges.Count == 0)
            return;
        var newest = purges.Max(purge => purge.Watermark);
        var tags = purges
            .SelectMany(purge => purge.Batch.Tags.Where(tag => !progress.Has(purge, Name(tag))))
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(Name, StringComparer.Ordinal);
        if (tags.Count > 0 && newest <= history.Newest && !await MarkLateAsync(purging, layout, newest))
            tags.Clear();
        var keys = purges
            .SelectMany(purge => Keys(purge).Where(key => !progress.Has(purge, key)))
            .Distinct(StringComparer.Ordinal);
        var purged = await SendAsync(purging, layout, keys, tags, newest);
        uncounted += purged.Values.Sum();
        foreach (var purge in purges)
            progress.Record(purge, Names(purge).Where(purged.ContainsKey), []);
        // The rest of such a purge may take long.
        partial.AddRange(purges.Where(purge => !IsPurged(purge)).SelectMany(Names).Where(purged.ContainsKey));
    }

    private async Task<Dictionary<string, long>> SendAsync(
        NodeCommands through, RedisLayout layout, IEnumerable<string> keys, Dictionary<string, string> tags, Watermark watermark)
    {
        var script = await ScriptAsync();
        return await through.SendAsync(
            keys.Concat(tags.Keys).Select(name => (name, layout.Owner(HashSlot.Of(name)))),
            name => tags.TryGetValue(name, out var tag) ? RenewAsync(tag) : DropAsync(name));

        async Task<long> RenewAsync(string tag)
        {
            await script.RenewAsync(tag, watermark);
            return 0;
        }

        async Task<long> DropAsync(string key) => await script.DropAsync(key) ? 1 : 0;
    }

    private static async Task<bool> MarkLateAsync(NodeCommands through, RedisLayout layout, Watermark newest)
    {
        var marked = await through.SendAsync(OnEach(layout), async node =>
        {
            await ClusterPurge.MarkLateAsync(node, newest);
            return 0;
        });
        return marked.Count == layout.Nodes.Count;
    }

    // Returns the purges that are done: each node has published their names. What a part of a purge has dropped is published too.
    private async Task<List<PendingPurge>> PublishAsync(RedisLayout layout, List<PendingPurge> purges)
    {
        var parts = partial.ToList();
        partial.Clear();
        if (purges.Count + parts.Count == 0)
            return [];
        var messages = layout.Nodes.ToDictionary(
            node => node,
            node => purges.Where(purge => !progress.IsPublished(purge, node)).SelectMany(Names).Concat(parts)
                .Distinct(StringComparer.Ordinal).ToList());
        var published = await publishing.SendAsync(OnEach(layout), node => PublishAsync(node, messages[node]));
        foreach (var purge in purges)
            progress.Record(purge, [], published.Keys);
        var done = purges.Where(purge => layout.Uncovered == 0 && layout.Nodes.All(node => progress.IsPublished(purge, node))).ToList();
        done.ForEach(progress.Forget);
        return done;
    }

    private static async Task<long> PublishAsync(RedisNode node, IReadOnlyCollection<string> names)
    {
        if (names.Count > 0)
            await node.PublishAsync(PurgeMessage.HashesOf([.. names]));
        return 0;
    }

    private static IEnumerable<(RedisNode For, RedisNode? Node)> OnEach(RedisLayout layout) =>
        layout.Nodes.Select(node => (node, (RedisNode?)node));

    private async Task OnEachAsync(Func<RedisNode, Task> work) =>
        await Task.WhenAll((await connection.LayoutAsync()).Nodes.Select(work));

    private async Task<ClusterPurge> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private IEnumerable<string> Names(PendingPurge purge) => Keys(purge).Concat(purge.Batch.Tags.Select(Name));

    // The Invalidator rejects reserved keys, but a batch logged by an earlier version may contain one.
    private IEnumerable<string> Keys(PendingPurge purge) => purge.Batch.Keys.Where(key => !connection.Keys.IsReserved(key));

    private string Name(string tag) => connection.Keys.Tag(tag).ToString();
}
