using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Two lineages on the same servers. These tests empty both servers, so they do not share them with other tests.</summary>
public sealed class LineagesTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys main = redis.NewKeys();
    private RedisKeys Orders => new RedisKeys(main.Prefix, "orders");
    private PurgeScript Main => field ??= new PurgeScript(redis.Primary, main);
    private PurgeScript Other => field ??= new PurgeScript(redis.Primary, Orders);

    [Fact]
    public async Task A_purge_of_everything_keeps_the_other_lineages_place_on_the_primary_and_its_replica()
    {
        await Main.OpenEpochAsync(1);
        await Other.OpenEpochAsync(7);
        await Other.ApplyAsync(7, ["order:1"], ["customer:1"]);
        await redis.Primary.StringSetAsync([new(Orders.Database, "second"), new(Orders.History, "1:7-1"), new("cached", "x")]);

        Assert.Equal(new Watermark(1, 1), await Main.DropEverythingAsync(1));

        Assert.Equal(new Watermark(7, 2), await Other.ApplyAsync(7, ["order:2"], []));
        await redis.WaitForReplicaAsync();
        foreach (var server in new[] { redis.Primary, redis.Region })
        {
            Assert.Equal("7-2", await server.StringGetAsync(Orders.Watermark));
            Assert.Equal("second", await server.StringGetAsync(Orders.Database));
            Assert.Equal("1:7-1", await server.StringGetAsync(Orders.History));
            Assert.Equal("main orders", await server.StringGetAsync(main.Lineages));
            Assert.False(await server.KeyExistsAsync("cached"));
            Assert.False(await server.KeyExistsAsync(Orders.Tag("customer:1")));
        }
    }

    [Fact]
    public async Task A_replay_of_a_purge_of_everything_keeps_the_other_lineages_watermark()
    {
        await Main.OpenEpochAsync(1);
        await Other.OpenEpochAsync(7);

        await Main.ReplayEverythingAsync(1, next: 2);

        Assert.Equal(new Watermark(7, 0), await Other.ReadWatermarkAsync());
        Assert.Equal(new Watermark(1, 0), await Main.ReadWatermarkAsync());
    }

    [Fact]
    public async Task An_independent_region_that_drops_everything_keeps_each_name_that_a_lineage_depends_on()
    {
        await redis.Region.ScriptEvaluateAsync("redis.call('FLUSHALL')", [main.Watermark]);
        await new RegionCheckpoints(redis.Region, main, movesWatermark: true).MoveAsync(new(default, ""), new(1, 5), null);
        await new RegionCheckpoints(redis.Region, Orders, movesWatermark: true).MoveAsync(new(default, ""), new(7, 3), null);
        var names = OwnNames(Orders);
        await redis.Region.StringSetAsync([.. names.Select(name => new KeyValuePair<RedisKey, RedisValue>(name, $"value of {name}"))]);
        await redis.Region.StringSetAsync([new("cached", "x"), new(main.Tag("t"), "1-1"), new(Orders.Tag("t"), "7-1")]);

        var dropped = await new ApplyScript(redis.Region, main).DropEverythingAsync();

        Assert.Equal(3, dropped);
        Assert.Equal("1-5", await redis.Region.StringGetAsync(main.Watermark));
        foreach (var name in names)
            Assert.Equal($"value of {name}", await redis.Region.StringGetAsync(name));
    }

    [Fact]
    public async Task A_lineage_registers_once()
    {
        var name = new RedisKeys(main.Prefix, "b");
        foreach (var keys in new[] { new RedisKeys(main.Prefix, "a-b"), name, new RedisKeys(main.Prefix, "b_c"), name })
            await new PurgeScript(redis.Primary, keys).OpenEpochAsync(1);

        Assert.Equal("a-b b b_c", await redis.Primary.StringGetAsync(name.Lineages));
    }

    [Fact]
    public async Task An_epoch_that_one_lineage_opened_is_not_open_for_another_lineage_in_an_epoch_of_the_same_number()
    {
        await using var pair = new ReplicatedPair(servers);
        await pair.InitializeAsync();
        // As on a promoted replica, where one lineage has opened its epoch and the other one has not.
        await pair.Primary.StringSetAsync(Orders.Watermark, "5-17");
        await new PurgeScript(pair.Primary, main).OpenEpochAsync(5);

        await Assert.ThrowsAsync<EpochEndedException>(() => new PurgeScript(pair.Primary, Orders).ApplyAsync(5, ["key"], []));
    }

    // All names of a lineage, without the carrier, which has no value, and the marker that readers may use the cache, which expires.
    private static List<RedisKey> OwnNames(RedisKeys keys) =>
        [.. typeof(RedisKeys).GetProperties()
            .Where(property => property.PropertyType == typeof(RedisKey)
                && property.Name is not (nameof(RedisKeys.Carrier) or nameof(RedisKeys.Sound) or nameof(RedisKeys.Leader)
                    or nameof(RedisKeys.Lineages)))
            .Select(property => (RedisKey)property.GetValue(keys)!)];
}
