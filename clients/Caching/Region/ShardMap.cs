using System.Collections.Immutable;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>Which node of the region's Redis holds a name. Immutable.</summary>
internal sealed class ShardMap
{
    // Null for a single server.
    private readonly Shard?[]? bySlot;

    private ShardMap(ImmutableArray<Shard> shards, Shard?[]? bySlot) => (Shards, this.bySlot) = (shards, bySlot);

    /// <summary>The nodes that hold keys; one for a single server.</summary>
    public ImmutableArray<Shard> Shards { get; }

    /// <summary>Whether the region's Redis is a cluster.</summary>
    public bool IsCluster => bySlot is not null;

    /// <summary>Returns the map of a single server.</summary>
    /// <param name="keys">LastMile's own names.</param>
    /// <param name="soundness">The trust in the agent's report.</param>
    public static ShardMap Single(RedisKeys keys, TimedTrust soundness) => new([new Shard(null, keys, soundness)], null);

    /// <summary>Returns the map of a cluster.</summary>
    /// <param name="cluster">The cluster, as one of its nodes sees it.</param>
    /// <param name="keys">LastMile's names, without a shard.</param>
    /// <param name="last">The map so far, whose nodes keep their trust; null for none.</param>
    /// <param name="newTrust">Creates the trust in the agent's report for a node that had none.</param>
    /// <returns>The map so far if nothing has changed.</returns>
    public static ShardMap Of(ClusterView cluster, RedisKeys keys, ShardMap? last, Func<TimedTrust> newTrust)
    {
        // A node that serves another lowest slot has other names, and no report of the agent under them.
        var known = last?.Shards.Where(shard => shard.Node is not null).ToDictionary(shard => shard.Node!) ?? [];
        ImmutableArray<Shard> shards =
        [
            .. cluster.Primaries.Select(primary => known.GetValueOrDefault(primary.Node) ?? new Shard(
                primary.Node, new RedisKeys(keys.Prefix, keys.Lineage, HashSlot.TagOf(primary.Node.LowestSlot)), newTrust())),
        ];
        var found = new Shard?[HashSlot.Count];
        for (var index = 0; index < shards.Length; index++)
        {
            foreach (var (first, past) in cluster.Primaries[index].Slots)
                Array.Fill(found, shards[index], first, past - first);
        }

        return last is { bySlot: { } held } && held.AsSpan().SequenceEqual(found) ? last : new ShardMap(shards, found);
    }

    /// <summary>Returns the node that holds the names of a hash slot; null if none does.</summary>
    public Shard? Of(int hashSlot) => bySlot is null ? Shards[0] : bySlot[hashSlot];

    /// <summary>Returns the hash slots of a key and of its tags' generations; nothing for a single server, which holds all names.</summary>
    public int[] HashSlotsOf(string key, string[] tags, RedisKeys keys) =>
        IsCluster ? [HashSlot.Of(key), .. HashSlotsOf(tags, keys)] : [];

    /// <summary>Returns the hash slots of tags' generations; nothing for a single server.</summary>
    public int[] HashSlotsOf(string[] tags, RedisKeys keys) =>
        IsCluster ? Array.ConvertAll(tags, tag => HashSlot.Of(keys.Tag(tag).ToString())) : [];
}
