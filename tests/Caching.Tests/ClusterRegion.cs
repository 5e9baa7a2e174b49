using System.Collections.Immutable;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace Caching.Tests;

/// <summary>A region's Redis that is a cluster, with an agent that does what readers may rely on.</summary>
public sealed class ClusterRegion(SharedServers servers) : CacheRegion
{
    private readonly SemaphoreSlim one = new(1);
    private ConnectionMultiplexer redis = null!;
    private ImmutableArray<RedisKeys> shards = [];
    private long sequence;

    public RedisClusterServers Cluster { get; private set; } = null!;

    public override IDatabase Redis => redis.GetDatabase();

    public override string Endpoint => Cluster.Endpoint;

    /// <summary>LastMile's own names on each primary node.</summary>
    public IReadOnlyList<RedisKeys> Shards => shards;

    protected override string EndpointOfApplication => Cluster.EndpointAs(RedisUser.Application);

    public override async ValueTask InitializeAsync()
    {
        Cluster = await servers.StartRedisClusterAsync();
        redis = await ConnectionMultiplexer.ConnectAsync(Cluster.Endpoint);
        await FindShardsAsync();
        await SetWatermarkAsync();
        await StateAsync(isSound: true);
    }

    /// <summary>Takes note of the nodes after they have changed.</summary>
    public async Task FindShardsAsync()
    {
        var slots = await Task.WhenAll((await Cluster.PrimariesAsync()).Select(Cluster.SlotsOfAsync));
        shards = [.. slots.Select(some => new RedisKeys(Shard: HashSlot.TagOf(some.Min())))];
    }

    public override Task PurgeAsync(string[] dropped, params string[] tags) => ApplyAsync(dropped, tags, isLate: false);

    public override Task RepairAsync(string[] dropped, params string[] tags) => ApplyAsync(dropped, tags, isLate: true);

    /// <summary>Drops keys, but does not publish it yet.</summary>
    public Task DropAsync(params string[] dropped) => Task.WhenAll(dropped.Select(key => Redis.KeyDeleteAsync(key)));

    public override Task StateAsync(bool isSound) => Task.WhenAll(shards.Select(names => StateAsync(names, isSound)));

    /// <summary>States whether readers may use one node.</summary>
    public Task StateAsync(RedisKeys names, bool isSound)
    {
        var marker = new SoundMarker(Redis, names);
        return isSound ? marker.SetAsync(TimeSpan.FromHours(1)) : marker.ClearAsync();
    }

    public override async Task AdminAsync(params string[] command)
    {
        foreach (var node in await Cluster.PrimariesAsync())
            await AdminAsync(node.Server, command);
    }

    public override Task PublishAsync(string body) => PublishAsync((RedisValue)body);

    /// <summary>Publishes on every node that keys and generations of tags have been changed.</summary>
    public Task PublishAsync(string[] dropped, params string[] tags) => PublishAsync((RedisValue)(byte[])
        [.. "1 - - "u8, .. PurgeMessage.HashesOf([.. dropped, .. tags.Select(tag => Keys.Tag(tag).ToString())])]);

    protected override async ValueTask CloseAsync()
    {
        await redis.DisposeAsync();
        one.Dispose();
    }

    private async Task ApplyAsync(string[] dropped, string[] tags, bool isLate)
    {
        await one.WaitAsync();
        try
        {
            var suffix = Guid.NewGuid().ToString("N")[^16..];
            // Before a generation that looks older than it is.
            if (isLate)
                await Task.WhenAll(shards.Select(names => Redis.StringSetAsync(names.Late, suffix)));
            var generation = isLate ? $"1-{sequence}-{suffix}" : $"1-{++sequence}";
            await Task.WhenAll([DropAsync(dropped), .. tags.Select(tag => Redis.StringSetAsync(Keys.Tag(tag), generation))]);
            await PublishAsync(dropped, tags);
            await SetWatermarkAsync();
        }
        finally
        {
            one.Release();
        }
    }

    private async Task SetWatermarkAsync() =>
        await Task.WhenAll(shards.Select(names => Redis.StringSetAsync(names.Watermark, $"1-{sequence}")));

    private async Task PublishAsync(RedisValue message) => await Task.WhenAll(
        shards.Select(names => Redis.ExecuteAsync("SPUBLISH", (RedisKey)names.PurgeChannel.ToString(), message)));
}
