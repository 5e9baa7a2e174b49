using LastMile.Events.Redis;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>These tests empty both servers, so they do not share them with other tests.</summary>
public sealed class DropEverythingTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Purges => field ??= new PurgeScript(redis.Primary, keys);
    private ApplyScript Region => field ??= new ApplyScript(redis.Region, keys);

    [Theory]
    [InlineData(Propagation.Carrier)]
    [InlineData(Propagation.Each)]
    public async Task An_empty_primary_empties_its_replica_and_moves_the_watermark(Propagation propagation)
    {
        await EmptyAsync(redis.Primary);
        await Purges.OpenEpochAsync(3);
        Purges.Propagation = propagation;
        await redis.WaitForReplicaAsync();
        await redis.Region.StringSetAsync("only-here", "cached");

        var watermark = await Purges.DropEverythingAsync(3);

        await redis.WaitForReplicaAsync();
        Assert.Equal(new Watermark(3, 1), watermark);
        Assert.False(await redis.Region.KeyExistsAsync("only-here"));
        Assert.Equal("3-1", await redis.Region.StringGetAsync(keys.Watermark));
        // The watermark and the registry of lineages.
        Assert.Equal((2, 2), (await CountAsync(redis.Primary), await CountAsync(redis.Region)));
    }

    [Fact]
    public async Task The_next_purge_has_the_next_sequence_and_a_subscriber_receives_both()
    {
        await Purges.OpenEpochAsync(1);
        await redis.WaitForReplicaAsync();
        var received = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);

        await Purges.DropEverythingAsync(1);
        var next = await Purges.ApplyAsync(1, ["key"], ["tag"]);

        await redis.WaitForReplicaAsync();
        Assert.Equal(new Watermark(1, 2), next);
        Assert.Equal("1-2", await redis.Region.StringGetAsync(keys.Tag("tag")));
        Assert.Equal("1-1", (await received.ReadAsync(TestContext.Current.CancellationToken)).Message);
        Assert.Equal("1-2", (await received.ReadAsync(TestContext.Current.CancellationToken)).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_call_for_another_epoch_is_refused_and_drops_nothing(long epoch)
    {
        await Purges.OpenEpochAsync(2);
        await redis.Primary.StringSetAsync("held", "value");

        await Assert.ThrowsAsync<EpochEndedException>(() => Purges.DropEverythingAsync(epoch));

        Assert.Equal("value", await redis.Primary.StringGetAsync("held"));
        Assert.Equal(new Watermark(2, 0), await Purges.ReadWatermarkAsync());
    }

    [Fact]
    public async Task A_primary_that_has_lost_its_data_refuses_the_call()
    {
        await EmptyAsync(redis.Primary);

        await Assert.ThrowsAsync<EpochEndedException>(() => Purges.DropEverythingAsync(1));
    }

    [Fact]
    public async Task A_region_keeps_its_watermark_and_returns_the_number_of_dropped_keys()
    {
        await EmptyAsync(redis.Region);
        await redis.Region.StringSetAsync([new("a", "cached"), new("b", "cached"), new(keys.Tag("t"), "1-1"), new(keys.Watermark, "1-7")]);

        var dropped = await Region.DropEverythingAsync();

        Assert.Equal(3, dropped);
        Assert.Equal("1-7", await redis.Region.StringGetAsync(keys.Watermark));
        Assert.Equal(1, await CountAsync(redis.Region));
    }

    [Fact]
    public async Task An_empty_region_without_a_watermark_stays_empty()
    {
        await EmptyAsync(redis.Region);

        Assert.Equal(0, await Region.DropEverythingAsync());

        Assert.Equal(0, await CountAsync(redis.Region));
    }

    // The region's connection allows these commands only inside a script.
    private Task<RedisResult> EmptyAsync(IDatabase database) => database.ScriptEvaluateAsync("redis.call('FLUSHALL')", [keys.Watermark]);

    private async Task<int> CountAsync(IDatabase database) =>
        (int)await database.ScriptEvaluateAsync("return redis.call('DBSIZE')", [keys.Watermark]);
}
