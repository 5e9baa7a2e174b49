using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Applies a purge that arrived over the bus to a cluster, one name per command: the client sends each to the node of its slot, and follows
/// the slot when it moves. The only caller of <c>renew.lua</c> and <c>late.lua</c>. Thread-safe.
/// </summary>
/// <param name="cluster">A database of the cluster.</param>
/// <param name="keys">The names used there, without a shard.</param>
public sealed class ClusterPurge(IDatabase cluster, RedisKeys keys)
{
    private static readonly string Renew = EmbeddedScript.Read("renew.lua");
    private static readonly string Late = EmbeddedScript.Read("late.lua");

    // A plain SET NX would be sent as SETNX, which is not granted.
    private static readonly string Restore = EmbeddedScript.Read("restore.lua");

    /// <summary>Drops a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="RedisException">The key's node did not answer.</exception>
    public async Task<bool> DropAsync(string key) => (long)await cluster.ExecuteAsync("UNLINK", (RedisKey)key) == 1;

    /// <summary>Renews a tag. Idempotent and independent of order: a tag that a later purge renewed is left unchanged.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="batch">
    /// The watermark of the purge; default for a purge that the log has not accepted yet, which renews the tag in any case.
    /// </param>
    /// <exception cref="RedisException">The node of the tag's generation did not answer.</exception>
    public Task RenewAsync(string tag, Watermark batch) =>
        cluster.ScriptEvaluateAsync(Renew, [keys.Tag(tag)], [batch.Epoch, batch.Sequence, Generation.NewSuffix()]);

    /// <summary>Writes a new generation for a tag whose generation is missing.</summary>
    /// <param name="tag">A tag that was purged before.</param>
    /// <returns>Whether it was missing.</returns>
    /// <exception cref="RedisException">The node of the tag's generation did not answer.</exception>
    public async Task<bool> RestoreAsync(string tag) =>
        (long)await cluster.ScriptEvaluateAsync(Restore, [keys.Tag(tag)], [Generation.NewOldest()]) == 1;

    /// <summary>
    /// Changes the late marker of a node if its watermark has passed a purge. Call it on every node before <see cref="RenewAsync"/>.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="batch">The watermark of the purge.</param>
    /// <exception cref="RedisException">The node did not answer.</exception>
    public static Task MarkLateAsync(RedisNode node, Watermark batch)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.EvaluateAsync(
            Late, [node.Keys.Watermark, node.Keys.Late], [batch.Epoch, batch.Sequence, Generation.NewSuffix()]);
    }
}
