using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// The names that LastMile writes in Redis for one lineage, such as <c>lm:main:watermark</c>. Only <see cref="Sound"/>,
/// <see cref="SoundIn"/> and <see cref="Leader"/> have a TTL; see <c>docs/regional-cache.md</c>.
/// </summary>
/// <param name="Prefix">
/// The prefix of every name of every lineage. Fabrics with different prefixes can't share a Redis: a purge of everything in one drops the
/// other's names too.
/// </param>
/// <param name="Lineage">The name of the database's stream of purges. Lineages that share a Redis need different names.</param>
/// <param name="Shard">
/// In a cluster, the hash tag of the node that holds these names, without braces; see <see cref="HashSlot.TagOf"/>. All names then have
/// the slot of that hash tag, so that one script can use them together. Tags' generations have slots of their own. Null outside a cluster.
/// </param>
public sealed record RedisKeys(
    string Prefix = RedisKeys.DefaultPrefix, string Lineage = RedisKeys.DefaultLineage, string? Shard = null)
{
    /// <summary>The prefix of every name of every lineage.</summary>
    // Without a setter, because a copy made by 'with' would keep the names of the original.
    public string Prefix { get; } = Prefix;

    /// <summary>The name of the database's stream of purges.</summary>
    public string Lineage { get; } = Lineage;

    /// <summary>In a cluster, the hash tag of the node that holds these names; null outside a cluster.</summary>
    public string? Shard { get; } = Shard;

    /// <summary>The default prefix.</summary>
    public const string DefaultPrefix = "lm:";

    /// <summary>The default lineage.</summary>
    public const string DefaultLineage = "main";

    /// <summary>The maximum length of a lineage's name.</summary>
    public const int LineageLength = 32;

    /// <summary>
    /// Holds the names of the lineages that use the server, separated by spaces. A purge of everything keeps the names of all of them. All
    /// lineages share it.
    /// </summary>
    public RedisKey Lineages { get; } = Shard is null ? $"{Prefix}lineages" : $"{Prefix}lineages:{{{Shard}}}";

    /// <summary>Holds the <see cref="Redis.Watermark"/> of the newest purge batch.</summary>
    public RedisKey Watermark { get; } = Name(Prefix, Lineage, "watermark", Shard);

    /// <summary>Publishes each watermark as it is written, on the primary and, by replication, in every region.</summary>
    public RedisChannel WatermarkChannel { get; } = RedisChannel.Literal(Name(Prefix, Lineage, "watermark", Shard));

    /// <summary>Publishes the names that each purge dropped, as a <see cref="PurgeMessage"/>.</summary>
    public RedisChannel PurgeChannel { get; } = RedisChannel.Literal(Name(Prefix, Lineage, "purged", Shard));

    /// <summary>
    /// The key that a purge sets and deletes, so that replicas also receive deletes of keys that the primary does not hold.
    /// </summary>
    public RedisKey Carrier { get; } = Name(Prefix, Lineage, "carrier", Shard);

    /// <summary>In a region, holds the <see cref="Redis.Watermark"/> up to which the agent knows that every purge was applied.</summary>
    public RedisKey Applied { get; } = Name(Prefix, Lineage, "applied", Shard);

    /// <summary>
    /// In a region, changes whenever the agent applies a purge that the region's watermark has passed already. A tag's generation that such
    /// a purge wrote looks older than it is.
    /// </summary>
    public RedisKey Late { get; } = Name(Prefix, Lineage, "late", Shard);

    /// <summary>In a replicated region, holds the <see cref="StreamErrors"/> at the time <see cref="Applied"/> was written.</summary>
    public RedisKey Stream { get; } = Name(Prefix, Lineage, "stream", Shard);

    /// <summary>In a region, holds the progress of the agent's scan for the keys of a prefix.</summary>
    public RedisKey Scan { get; } = Name(Prefix, Lineage, "scan", Shard);

    /// <summary>
    /// In a region, exists while the agent reports that readers may use the region's cache; see <see cref="SoundMarker"/>.
    /// </summary>
    public RedisKey Sound { get; } = Name(Prefix, Lineage, "sound", Shard);

    /// <summary>In a region, names the agent that is active while the bus can't choose one; see <see cref="LeaderLease"/>.</summary>
    public RedisKey Leader { get; } = Name(Prefix, Lineage, "leader", Shard);

    /// <summary>
    /// Holds the identity of the database whose purges the primary applies. Replicated. Absent until an Invalidator has used the primary.
    /// </summary>
    public RedisKey Database { get; } = Name(Prefix, Lineage, "database", Shard);

    /// <summary>Holds the <see cref="AppliedHistory"/>: of all regions on the primary, of one region in an independent region.</summary>
    public RedisKey History { get; } = Name(Prefix, Lineage, "history", Shard);

    /// <summary>The glob pattern that matches the generation keys of all tags.</summary>
    public string TagPattern { get; } = string.Concat(
        $"{Prefix}{Lineage}:".Select(c => @"*?[]\^-".Contains(c, StringComparison.Ordinal) ? @"\" + c : c.ToString())) + "tag:*";

    /// <summary>
    /// Returns the name of the marker that, set on the primary, has the meaning of <see cref="Sound"/> on a read-only replica. Each replica
    /// has one, which lives as long as the agent renews it.
    /// </summary>
    /// <param name="run">The run of the replica (<c>run_id</c>), so that the marker does not count after a restart.</param>
    public RedisKey SoundIn(string run)
    {
        ArgumentException.ThrowIfNullOrEmpty(run);
        return $"{Sound}:{run}";
    }

    /// <summary>Returns whether a text can name a lineage: 1 to 32 ASCII letters, digits, '-' or '_'.</summary>
    /// <param name="name">The text.</param>
    public static bool IsLineage(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= LineageLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
    }

    /// <summary>Returns whether a name has LastMile's prefix, of any lineage. No cache key may have it.</summary>
    /// <remarks>A purge of such a key could delete a tag's generation, and entries of an earlier generation would be valid again.</remarks>
    /// <param name="key">The key.</param>
    public bool IsReserved(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>
    /// Holds the generation of a tag: the watermark of the last purge of that tag, followed by a unique text if an agent wrote it. Readers
    /// treat it as opaque and compare it for equality. Absent before the first purge of the tag, and again once no cache entry can be older
    /// than the last purge.
    /// </summary>
    /// <param name="tag">The tag, such as <c>category:7</c>.</param>
    public RedisKey Tag(string tag) => $"{Prefix}{Lineage}:tag:{tag}";

    private static string Name(string prefix, string lineage, string name, string? shard) =>
        shard is null ? $"{prefix}{lineage}:{name}" : $"{prefix}{lineage}:{name}:{{{shard}}}";
}
