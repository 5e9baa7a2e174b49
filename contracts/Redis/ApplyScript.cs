using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Applies on one region's Redis a purge that came over the bus: the one caller of <c>apply.lua</c>. It moves no watermark: on a replica that is
/// replication's proof, and on an independent server the agent's checkpoint (<see cref="RegionCheckpoints"/>). Thread-safe.
/// </summary>
/// <param name="region">A database of the region's Redis, a writable replica or a server of its own.</param>
/// <param name="keys">The names in use there.</param>
public sealed class ApplyScript(IDatabase region, RedisKeys keys)
{
    private static readonly string Apply = EmbeddedScript.Read("apply.lua");
    private static readonly string Restore = EmbeddedScript.Read("restore.lua");

    /// <summary>Drops keys and renews tags. Idempotent, in any order: a tag that a later purge renewed stays as it is.</summary>
    /// <param name="batch">The watermark of the purge.</param>
    /// <param name="dropped">The keys to drop, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <param name="tags">The tags to renew, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <returns>How many of the keys were there.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> ApplyAsync(Watermark batch, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped.Count, PurgeScript.MaxNames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, PurgeScript.MaxNames);

        RedisKey[] names = [keys.Watermark, .. dropped.Select(key => (RedisKey)key), .. tags.Select(keys.Tag)];
        RedisValue[] arguments = [batch.Epoch, batch.Sequence, dropped.Count, Generation.NewSuffix()];
        return (long)await region.ScriptEvaluateAsync(Apply, names, arguments);
    }

    /// <summary>Drops the whole cache, tags too; the watermark stays.</summary>
    /// <returns>How many keys there were.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> DropEverythingAsync() => (long)await region.ScriptEvaluateAsync(Apply, [keys.Watermark], [0, 0, -1, ""]);

    /// <summary>Gives a new generation to those tags that have lost theirs.</summary>
    /// <param name="tags">Tags that were purged, at most <see cref="PurgeScript.MaxNames"/>.</param>
    /// <returns>How many had lost it.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, PurgeScript.MaxNames);
        return (long)await region.ScriptEvaluateAsync(Restore, [.. tags.Select(keys.Tag)], [Generation.NewOldest()]);
    }
}
