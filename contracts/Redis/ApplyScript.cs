using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Applies a purge that arrived over the bus to one region's Redis. The only caller of <c>apply.lua</c>. It never
/// moves the watermark: on a replica it proves replication, and on an independent server it is the agent's checkpoint
/// (<see cref="RegionCheckpoints"/>). Thread-safe.
/// </summary>
/// <param name="node">
/// The region's Redis: a writable replica or an independent server. On a node of a cluster, only <see cref="DropEverythingAsync"/> works,
/// and the caller publishes the purge; see <see cref="ClusterPurge"/> for the rest.
/// </param>
public sealed class ApplyScript(RedisNode node)
{
    private static readonly string Apply = EmbeddedScript.ReadWithLineages("apply.lua");
    private static readonly string Restore = EmbeddedScript.Read("restore.lua");

    private readonly RedisKeys keys = node.Keys;
    private readonly string channel = node.IsShard ? "" : node.Keys.PurgeChannel.ToString();

    /// <summary>Uses the only server.</summary>
    /// <param name="region">A database of the region's Redis: a writable replica or an independent server.</param>
    /// <param name="keys">The names used there.</param>
    public ApplyScript(IDatabase region, RedisKeys keys)
        : this(new RedisNode(region, keys))
    {
    }

    /// <summary>
    /// Drops keys and renews tags. Idempotent and independent of order: a tag that a later purge renewed is left unchanged.
    /// </summary>
    /// <param name="batch">
    /// The watermark of the purge; default for a purge that the log has not accepted yet, which renews every tag.
    /// </param>
    /// <param name="dropped">The keys to drop, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <param name="tags">The tags to renew, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <returns>The number of keys that existed.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> ApplyAsync(Watermark batch, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped.Count, PurgeScript.MaxNames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, PurgeScript.MaxNames);

        RedisKey[] names =
            [keys.Watermark, keys.Late, keys.Lineages, .. dropped.Select(key => (RedisKey)key), .. tags.Select(keys.Tag)];
        var hashes = PurgeMessage.HashesOf([.. dropped, .. tags.Select(tag => keys.Tag(tag).ToString())]);
        RedisValue[] arguments =
            [batch.Epoch, batch.Sequence, dropped.Count, Generation.NewSuffix(), channel, hashes, keys.Lineage];
        return (long)await node.EvaluateAsync(Apply, names, arguments);
    }

    /// <summary>Drops the whole cache, including tags, but keeps the own names of every lineage, such as the watermark.</summary>
    /// <returns>The number of keys dropped.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> DropEverythingAsync() => (long)await node.EvaluateAsync(
        Apply, [keys.Watermark, keys.Late, keys.Lineages], [0, 0, -1, "", channel, PurgeMessage.AllNames, keys.Lineage]);

    /// <summary>Writes a new generation for each tag whose generation is missing.</summary>
    /// <param name="tags">Tags that were purged before, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <returns>The number of tags whose generation was missing.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, PurgeScript.MaxNames);
        return (long)await node.EvaluateAsync(Restore, [.. tags.Select(keys.Tag)], [Generation.NewOldest()]);
    }
}
