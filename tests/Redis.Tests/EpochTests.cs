using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace Redis.Tests;

public sealed class EpochTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Script => field ??= new PurgeScript(redis.Primary, keys);

    [Fact]
    public async Task A_primary_in_another_epoch_refuses_the_purge()
    {
        await Script.OpenEpochAsync(1);
        await Script.OpenEpochAsync(2);
        await redis.Region.StringSetAsync(keys.Prefix + "kept", "cached");

        var refusal = await Assert.ThrowsAsync<EpochEndedException>(() => Script.ApplyAsync(1, [keys.Prefix + "kept"], ["tag"]));

        await redis.WaitForReplicaAsync();
        Assert.Equal("the primary shows 2-0, not epoch 1", refusal.Message);
        Assert.Equal(new Watermark(2, 0), await Script.ReadWatermarkAsync());
        Assert.True(await redis.Region.KeyExistsAsync(keys.Prefix + "kept"));
        Assert.False(await redis.Primary.KeyExistsAsync(keys.Tag("tag")));
    }

    [Theory]
    [InlineData(null, "no watermark")]
    [InlineData("rubbish", "rubbish")]
    [InlineData("1-", "1-")]
    public async Task A_primary_that_shows_no_epoch_refuses_the_purge(string? shown, string reported)
    {
        await Script.OpenEpochAsync(1);
        await redis.Primary.StringSetAsync(keys.Watermark, shown);

        var refusal = await Assert.ThrowsAsync<EpochEndedException>(() => Script.ApplyAsync(1, ["key"], []));

        Assert.Equal($"the primary shows {reported}, not epoch 1", refusal.Message);
        Assert.Null(await Script.ReadWatermarkAsync());
    }

    [Fact]
    public async Task A_primary_that_shows_an_epoch_not_opened_there_refuses_the_purge()
    {
        // This is the state of a former primary that rejoined as a replica and was promoted again.
        await Script.OpenEpochAsync(3);
        await redis.Primary.StringSetAsync(keys.Watermark, "4-17");

        await Assert.ThrowsAsync<EpochEndedException>(() => Script.ApplyAsync(4, ["key"], []));
        Assert.Equal(new Watermark(4, 17), await Script.ReadWatermarkAsync());
        await Script.OpenEpochAsync(4);

        Assert.Equal(new Watermark(4, 18), await Script.ApplyAsync(4, ["key"], []));
    }

    [Fact]
    public async Task A_promoted_replica_refuses_purges_of_its_former_primarys_epoch()
    {
        await using var pair = new ReplicatedPair(servers);
        await pair.InitializeAsync();
        var former = new PurgeScript(pair.Primary, keys);
        await former.OpenEpochAsync(1);
        await former.ApplyAsync(1, ["key"], []);
        await pair.WaitForReplicaAsync();

        await pair.RegionServer.PromoteAsync();
        var promoted = new PurgeScript(pair.Region, keys);

        Assert.Equal(new Watermark(1, 1), await promoted.ReadWatermarkAsync());
        await Assert.ThrowsAsync<EpochEndedException>(() => promoted.ApplyAsync(1, ["key"], []));
    }

    [Fact]
    public async Task A_replay_drops_keys_and_renews_tags_but_keeps_the_watermark()
    {
        await redis.Primary.StringSetAsync(keys.Watermark, "6-17");
        await redis.Region.StringSetAsync(keys.Prefix + "lost", "cached");

        await Script.ReplayAsync(6, next: 7, [keys.Prefix + "lost"], ["tag"]);

        await redis.WaitForReplicaAsync();
        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "lost"));
        Assert.Equal("7-0", await redis.Region.StringGetAsync(keys.Tag("tag")));
        Assert.Equal("6-17", await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task A_replay_of_everything_leaves_only_the_watermark()
    {
        await using var pair = new ReplicatedPair(servers);
        await pair.InitializeAsync();
        await pair.Primary.StringSetAsync(keys.Watermark, "6-17");
        await pair.WaitForReplicaAsync();
        await pair.Region.StringSetAsync("lost", "cached");

        await new PurgeScript(pair.Primary, keys).ReplayEverythingAsync(6, next: 7);

        await pair.WaitForReplicaAsync();
        Assert.False(await pair.Region.KeyExistsAsync("lost"));
        Assert.Equal("6-17", await pair.Region.StringGetAsync(keys.Watermark));
    }

    [Theory]
    [InlineData(null, 3, "3-0")]
    [InlineData("rubbish", 3, "3-0")]
    [InlineData("2-17", 3, "3-0")]
    [InlineData("9-17", 10, "10-0")]
    [InlineData("3-17", 3, "3-17")]
    [InlineData("10-17", 9, "10-17")]
    public async Task An_epoch_opens_only_if_it_is_newer(string? shown, long epoch, string expected)
    {
        if (shown is not null)
            await redis.Primary.StringSetAsync(keys.Watermark, shown);

        var watermark = await Script.OpenEpochAsync(epoch);

        await redis.WaitForReplicaAsync();
        Assert.Equal(expected, watermark.ToString());
        Assert.Equal(expected, await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task A_subscriber_of_a_replica_receives_a_new_epoch()
    {
        var received = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);

        await Script.OpenEpochAsync(5);

        Assert.Equal("5-0", (await received.ReadAsync(TestContext.Current.CancellationToken)).Message);
    }
}
