using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>The names that LastMile writes in Redis. None of them carries a TTL: see <c>docs/regional-cache.md</c>.</summary>
/// <param name="Prefix">Stands before every name; two services that share a Redis have different ones.</param>
public sealed record RedisKeys(string Prefix = RedisKeys.DefaultPrefix)
{
    /// <summary>The prefix where none is configured.</summary>
    public const string DefaultPrefix = "lm:";

    /// <summary>Holds the <see cref="Redis.Watermark"/> of the newest purge batch.</summary>
    public RedisKey Watermark { get; } = Prefix + "watermark";

    /// <summary>Carries each watermark as it is written, on the primary and, by replication, in every region.</summary>
    public RedisChannel WatermarkChannel { get; } = RedisChannel.Literal(Prefix + "watermark");

    /// <summary>The key that a purge sets and deletes, so that replicas receive the deletes of keys that the primary never held.</summary>
    public RedisKey Carrier { get; } = Prefix + "carrier";

    /// <summary>In a region: the <see cref="Redis.Watermark"/> up to which its agent knows that every purge is done.</summary>
    public RedisKey Applied { get; } = Prefix + "applied";

    /// <summary>In a replicated region: the <see cref="StreamErrors"/> that were known when <see cref="Applied"/> was written.</summary>
    public RedisKey Stream { get; } = Prefix + "stream";

    /// <summary>In a region: how far its agent's scan for the keys of a prefix is.</summary>
    public RedisKey Scan { get; } = Prefix + "scan";

    /// <summary>Holds the identity of the database whose purges the primary applies. Replicas copy it. Absent until an Invalidator has used the primary.</summary>
    public RedisKey Database { get; } = Prefix + "database";

    /// <summary>The <see cref="AppliedHistory"/>: on the primary of all regions, in an independent region its own.</summary>
    public RedisKey History { get; } = Prefix + "history";

    /// <summary>The glob pattern of the keys of all tags' generations.</summary>
    public string TagPattern { get; } = string.Concat(Prefix.Select(c => @"*?[]\^-".Contains(c, StringComparison.Ordinal) ? @"\" + c : c.ToString())) + "tag:*";

    /// <summary>Whether a cache key may not have this name, because it begins as LastMile's own names do.</summary>
    /// <remarks>A purge of such a key would delete a tag's generation, and an entry of an earlier generation would be valid again.</remarks>
    /// <param name="key">The key.</param>
    public bool IsReserved(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>
    /// Holds the generation of a tag: the watermark of the last purge that named it; where an agent wrote it, with a text that makes it unique. Opaque to
    /// readers, who compare for equality; absent before the first purge, and again when no entry can be older than that purge.
    /// </summary>
    /// <param name="tag">The tag, such as <c>category:7</c>.</param>
    public RedisKey Tag(string tag) => Prefix + "tag:" + tag;
}
