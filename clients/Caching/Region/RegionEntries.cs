using System.Globalization;
using System.Reflection;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>
/// Reads and fills entries in the region's Redis. A reader reserves a key with a lease before it loads a value, and only the holder of an
/// intact lease may fill the key. A purge deletes the lease, so no reader can put back an old value. Thread-safe.
/// </summary>
internal sealed class RegionEntries(RegionConnection connection, RedisKeys keys, TimeSpan leaseTime)
{
    private const int Facts = 2;

    private static readonly string Reserve = ReadScript("reserve.lua");
    private static readonly string Fill = ReadScript("fill.lua");
    private static readonly string Release = ReadScript("release.lua");
    private static readonly string Remove = ReadScript("remove.lua");
    private static readonly string Renew = ReadScript("renew.lua");

    private readonly ClusterCommands cluster = new(connection, keys);

    /// <summary>Returns a token that no other content has.</summary>
    public static string NewToken() => Random.Shared.NextInt64(long.MinValue, long.MaxValue).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads an entry and the generations of its tags, and reserves the key if it holds nothing. One round trip.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tags">The tags that the value is known to depend on.</param>
    /// <param name="token">The token of the lease; null to reserve nothing.</param>
    /// <param name="near">What a replica of this server showed before; null if none was read.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    /// <exception cref="InvalidDataException">The server lacks a purge that the replica showed.</exception>
    public async Task<RegionRead> ReadAsync(string key, IReadOnlyList<string> tags, string? token, RegionRead? near = null)
    {
        var database = connection.Database;
        if (connection.Shards is { IsCluster: true } map)
            return await ReadInClusterAsync(database, map, key, tags, token).ConfigureAwait(false);

        var names = new RedisKey[Facts + tags.Count];
        (names[0], names[1]) = (keys.Watermark, keys.Late);
        for (var i = 0; i < tags.Count; i++)
            names[Facts + i] = keys.Tag(tags[i]);
        // Sent first, so that the generations are no newer than the entry.
        var facts = database.StringGetAsync(names);
        var (held, isReserved) = token is null
            ? (await GetAsync(database, key).ConfigureAwait(false), false)
            : await ReserveAsync(database, key, RegionEntry.Lease(token)).ConfigureAwait(false);
        var values = await facts.ConfigureAwait(false);
        var shown = (string?)values[0] ?? "";
        // After a failover, the former primary receives no purges, and its entries may be old.
        if (near is not null && !IsAtLeast(shown, near.Watermark))
            throw new InvalidDataException($"It shows the watermark '{shown}', but the region's Redis shows '{near.Watermark}' already");
        return new RegionRead(
            held is null ? null : RegionEntry.Parse(held),
            isReserved,
            shown,
            (string?)values[1] ?? "",
            Generations(tags, values.AsSpan(Facts)));
    }

    /// <summary>Reads the current generations of tags.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<IReadOnlyList<TagGeneration>> ReadGenerationsAsync(IReadOnlyList<string> tags)
    {
        var database = connection.Database;
        if (connection.Shards is { IsCluster: true })
            return await cluster.ReadGenerationsAsync(database, tags).ConfigureAwait(false);
        var values = await database.StringGetAsync([.. tags.Select(keys.Tag)]).ConfigureAwait(false);
        return Generations(tags, values);
    }

    /// <summary>Replaces an invalid entry with a lease.</summary>
    /// <returns>Whether the lease was stored; false if the key holds something else by now.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task<bool> ReserveAsync(string key, RegionEntry invalid, string token) => EvaluateAsync(
        Reserve, [key], [invalid.Beginning, RegionEntry.Lease(token), Milliseconds(leaseTime)]);

    /// <summary>Deletes a lease, so that another reader can load the value.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task<bool> ReleaseAsync(string key, string token) => EvaluateAsync(Release, [key], [RegionEntry.Lease(token)]);

    /// <summary>Replaces a lease with a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="before">What was read when the key was reserved.</param>
    /// <param name="entry">The value. Its token is the one of the lease, and its tags are those that were known before the load.</param>
    /// <param name="added">The tags that became known during the load.</param>
    /// <param name="timeToLive">How long the entry lives.</param>
    /// <exception cref="RedisException">The server did not answer. The value may have been stored.</exception>
    public async Task<FillResult> FillAsync(
        string key, RegionRead before, RegionEntry entry, IReadOnlyList<string> added, TimeSpan timeToLive)
    {
        if (before.Marks is not { } marks || added.Count == 0)
            return await FillByScriptAsync(key, before, entry, added, timeToLive).ConfigureAwait(false);
        if (await cluster.FenceAsync(key, marks, added).ConfigureAwait(false) is { } generations)
        {
            entry = entry with { Tags = [.. entry.Tags, .. generations] };
            return await FillByScriptAsync(key, before, entry, [], timeToLive).ConfigureAwait(false);
        }

        await ReleaseAsync(key, entry.Token).ConfigureAwait(false);
        return FillResult.TagPurged;
    }

    /// <summary>Drops keys in this region, and publishes their names to its processes.</summary>
    /// <param name="removed">The keys, from 1 to <see cref="PurgeScript.MaxNames"/>.</param>
    /// <exception cref="RedisException">The server did not answer. The keys may have been removed.</exception>
    public Task RemoveAsync(IReadOnlyCollection<string> removed) => connection.Shards is { IsCluster: true }
        ? cluster.RemoveAsync(removed)
        : EvaluateAsync(Remove, [.. removed.Select(key => (RedisKey)key)], [keys.PurgeChannel.ToString(), PurgeMessage.HashesOf(removed)]);

    /// <summary>Publishes a name to the region's processes, but drops nothing. Not for a cluster.</summary>
    /// <exception cref="RedisException">The server did not answer. The name may have been published.</exception>
    public Task<bool> PublishAsync(string name) =>
        EvaluateAsync(Remove, [], [keys.PurgeChannel.ToString(), PurgeMessage.HashesOf([name])]);

    /// <summary>Drops a key in this region, without publishing its name.</summary>
    /// <exception cref="RedisException">The server did not answer. The key may have been dropped.</exception>
    public Task<bool> DropAsync(string key) => connection.Database.KeyDeleteAsync(key);

    /// <summary>Renews tags in this region only, which needs the right to write their generations.</summary>
    /// <param name="tags">The tags, from 1 to <see cref="PurgeScript.MaxNames"/>.</param>
    /// <exception cref="RedisException">The server did not answer, or rejected the user. The tags may have been renewed.</exception>
    public Task RenewAsync(IReadOnlyCollection<string> tags)
    {
        if (connection.Shards is { IsCluster: true })
            return cluster.RenewAsync(tags, NewToken());
        string[] generations = [.. tags.Select(tag => keys.Tag(tag).ToString())];
        return EvaluateAsync(
            Renew,
            [keys.Watermark, keys.Late, .. generations.Select(key => (RedisKey)key)],
            [NewToken(), keys.PurgeChannel.ToString(), PurgeMessage.HashesOf(generations)]);
    }

    private static bool IsAtLeast(string shown, string watermark) =>
        !Watermark.TryParse(watermark, out var least) || (Watermark.TryParse(shown, out var reached) && reached >= least);

    private static TagGeneration[] Generations(IReadOnlyList<string> tags, ReadOnlySpan<RedisValue> values)
    {
        var generations = new TagGeneration[values.Length];
        for (var i = 0; i < values.Length; i++)
            generations[i] = new TagGeneration(tags[i], (string?)values[i] ?? "");
        return generations;
    }

    // In parallel. Neither the order of these reads nor a purge between them matters: the load begins after them, and if a generation is
    // still the one that an entry has, the entry was valid when this call began.
    private async Task<RegionRead> ReadInClusterAsync(
        IDatabase database, ShardMap map, string key, IReadOnlyList<string> tags, string? token)
    {
        var marks = ClusterCommands.ReadMarksAsync(database, map, key);
        var generations = cluster.ReadGenerationsAsync(database, tags);
        var entry = token is null
            ? HeldAsync(database, key)
            : ReserveAsync(database, key, RegionEntry.Lease(token)).AsTask();
        await Task.WhenAll(marks, generations, entry).ConfigureAwait(false);
        var (held, isReserved) = await entry.ConfigureAwait(false);
        var shown = await marks.ConfigureAwait(false);
        return new RegionRead(
            held is null ? null : RegionEntry.Parse(held), isReserved, shown.Watermark, shown.Late,
            await generations.ConfigureAwait(false))
        {
            Marks = shown,
        };
    }

    private static async Task<(byte[]? Content, bool IsReserved)> HeldAsync(IDatabase database, string key) =>
        (await GetAsync(database, key).ConfigureAwait(false), false);

    private async Task<FillResult> FillByScriptAsync(
        string key, RegionRead before, RegionEntry entry, IReadOnlyList<string> added, TimeSpan timeToLive) =>
        (FillResult)(int)await connection.Database.ScriptEvaluateAsync(
            Fill,
            [key],
            [
                RegionEntry.Lease(entry.Token), RegionEntry.Head(entry.Kind, entry.Token, entry.ExpiresAt),
                RegionEntry.Dependencies(entry.Tags), entry.Body, Milliseconds(timeToLive), before.Watermark, before.Late, Text(keys.Late),
                .. added.SelectMany(tag => new RedisValue[] { tag, Text(keys.Tag(tag)) }),
            ],
            CommandFlags.DemandMaster).ConfigureAwait(false);

    // SET with NX and GET returns the content that keeps the key from being reserved. Redis rejects it for a key of another type, and while
    // it is out of memory.
    private async ValueTask<(byte[]? Content, bool IsReserved)> ReserveAsync(IDatabase database, string key, string lease)
    {
        try
        {
            var held = (byte[]?)await database.StringSetAndGetAsync(key, lease, leaseTime, keepTtl: false, When.NotExists)
                .ConfigureAwait(false);
            return (held, held is null);
        }
        catch (RedisServerException)
        {
            return (await GetAsync(database, key).ConfigureAwait(false), false);
        }
    }

    private static async Task<byte[]?> GetAsync(IDatabase database, string key)
    {
        // MGET returns nothing for a key of another type.
        var values = await database.StringGetAsync([(RedisKey)key], CommandFlags.DemandMaster).ConfigureAwait(false);
        return (byte[]?)values[0];
    }

    private async Task<bool> EvaluateAsync(string script, RedisKey[] names, RedisValue[] arguments) =>
        (int)await connection.Database.ScriptEvaluateAsync(script, names, arguments, CommandFlags.DemandMaster).ConfigureAwait(false) == 1;

    private static RedisValue Text(RedisKey name) => name.ToString();

    private static long Milliseconds(TimeSpan span) => Math.Max(1, (long)span.TotalMilliseconds);

    private static string ReadScript(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>What became of a loaded value in the region's Redis, as <c>fill.lua</c> returns it.</summary>
internal enum FillResult
{
    /// <summary>A tag that became known during the load was purged since it began.</summary>
    TagPurged = -1,

    /// <summary>The lease was gone: a purge has deleted it, or it has expired.</summary>
    LeaseLost = 0,

    /// <summary>It was stored.</summary>
    Stored = 1,
}

/// <summary>The result of a read in the region's Redis.</summary>
/// <param name="Entry">The entry; null if the key holds none that this version can read.</param>
/// <param name="IsReserved">Whether the read has reserved the key.</param>
/// <param name="Watermark">The region's watermark; empty for none.</param>
/// <param name="Late">The late marker; empty for none.</param>
/// <param name="Tags">The requested tags and their generations.</param>
internal sealed record RegionRead(
    RegionEntry? Entry, bool IsReserved, string Watermark, string Late, IReadOnlyList<TagGeneration> Tags)
{
    /// <summary>In a cluster, the watermark, the late marker, and the node that showed them; null outside a cluster.</summary>
    public RegionMarks? Marks { get; init; }
}
