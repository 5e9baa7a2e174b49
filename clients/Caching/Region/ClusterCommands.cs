using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>
/// The commands that a cluster needs in place of one that names keys of several hash slots. Only primaries are read: a replica may lack
/// purges. Thread-safe.
/// </summary>
internal sealed class ClusterCommands(RegionConnection connection, RedisKeys keys)
{
    private const CommandFlags OnPrimary = CommandFlags.DemandMaster;

    /// <summary>Reads the marks of the node that holds a key. Its connection sends them before commands that are issued later.</summary>
    /// <exception cref="RedisConnectionException">No node serves the key's slot.</exception>
    public static async Task<RegionMarks> ReadMarksAsync(IDatabase database, ShardMap map, string key)
    {
        var shard = ShardOf(map, key);
        var values = await database.StringGetAsync([shard.Names.Watermark, shard.Names.Late], OnPrimary).ConfigureAwait(false);
        return new RegionMarks(shard, (string?)values[0] ?? "", (string?)values[1] ?? "");
    }

    /// <summary>Reads the current generations of tags, in parallel.</summary>
    public async Task<TagGeneration[]> ReadGenerationsAsync(IDatabase database, IReadOnlyList<string> tags)
    {
        if (tags.Count == 0)
            return [];
        var values = await Task.WhenAll(tags.Select(tag => database.StringGetAsync(keys.Tag(tag), OnPrimary))).ConfigureAwait(false);
        return [.. tags.Zip(values, (tag, value) => new TagGeneration(tag, (string?)value ?? ""))];
    }

    /// <summary>Returns the generations of tags that became known during a load, unless one was purged since the load began.</summary>
    /// <param name="key">The key of the loaded value.</param>
    /// <param name="before">The marks that were read before the load.</param>
    /// <param name="tags">The tags.</param>
    /// <returns>The generations; null if a tag may have been purged.</returns>
    /// <remarks>
    /// The order matters: marks, load, generations, late marker (docs/adr/0022-cache-over-a-cluster.md). The marks of a node that has
    /// replaced the one that was read before the load are not compared, because they may be older.
    /// </remarks>
    public async Task<TagGeneration[]?> FenceAsync(string key, RegionMarks before, IReadOnlyList<string> tags)
    {
        var database = connection.Database;
        var generations = await ReadGenerationsAsync(database, tags).ConfigureAwait(false);
        if (generations.All(tag => tag.Generation.Length == 0))
            return generations;
        if (!generations.All(tag => tag.IsAtMost(before.Watermark)))
            return null;

        var late = (string?)await database.StringGetAsync(before.Shard.Names.Late, OnPrimary).ConfigureAwait(false) ?? "";
        return late == before.Late && ShardOf(connection.Shards!, key) == before.Shard ? generations : null;
    }

    /// <summary>Drops keys, and then publishes their names on every node.</summary>
    /// <exception cref="RedisException">A server did not answer. Some keys may have been removed.</exception>
    public async Task RemoveAsync(IReadOnlyCollection<string> removed)
    {
        var database = connection.Database;
        await Task.WhenAll(removed.Select(key => database.KeyDeleteAsync(key))).ConfigureAwait(false);
        await PublishAsync(database, PurgeMessage.HashesOf(removed)).ConfigureAwait(false);
    }

    /// <summary>Renews tags in this region only, and publishes their names on every node.</summary>
    /// <exception cref="RedisException">A server did not answer, or rejected the user. Some tags may have been renewed.</exception>
    public async Task RenewAsync(IReadOnlyCollection<string> tags, string token)
    {
        var (database, shards) = (connection.Database, connection.Shards!.Shards);
        var marks = await Task.WhenAll(shards.Select(shard => database.StringGetAsync(shard.Names.Watermark, OnPrimary)))
            .ConfigureAwait(false);
        var shown = marks.Max(mark => Watermark.TryParse(mark, out var watermark) ? watermark : default);
        var generation = $"{(shown == default ? "0-0" : shown.ToString())}-{token}";
        // These generations are no newer than the watermark, so readers can't order them.
        await Task.WhenAll(shards.Select(shard => database.StringSetAsync(shard.Names.Late, token))).ConfigureAwait(false);
        await Task.WhenAll(tags.Select(tag => database.StringSetAsync(keys.Tag(tag), generation))).ConfigureAwait(false);
        await PublishAsync(database, PurgeMessage.HashesOf([.. tags.Select(tag => keys.Tag(tag).ToString())])).ConfigureAwait(false);
    }

    private async Task PublishAsync(IDatabase database, byte[] hashes)
    {
        byte[] message = [.. "1 - - "u8, .. hashes];
        await Task.WhenAll(connection.Shards!.Shards.Select(shard => database.ExecuteAsync(
            "SPUBLISH", [(RedisKey)shard.Names.PurgeChannel.ToString(), message], OnPrimary))).ConfigureAwait(false);
    }

    private static Shard ShardOf(ShardMap map, string key) => map.Of(HashSlot.Of(key)) ?? throw new RedisConnectionException(
        ConnectionFailureType.UnableToConnect, CommandFlags.None, $"No node of the cluster serves the slot of {key}.", null,
        CommandStatus.Unknown);
}

/// <summary>What a node of a cluster showed before a load.</summary>
/// <param name="Shard">The node that holds the key.</param>
/// <param name="Watermark">Its watermark; empty for none.</param>
/// <param name="Late">Its late marker; empty for none.</param>
internal sealed record RegionMarks(Shard Shard, string Watermark, string Late);
