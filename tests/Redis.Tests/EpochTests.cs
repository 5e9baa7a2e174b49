using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class EpochTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Script => field ??= new PurgeScript(redis.Primary, keys);

    [Fact]
    public async Task A_primary_in_another_epoch_refuses_the_purge()
    {
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
    public async Task A_primary_that_shows_no_epoch_refuses_the_purge(string? shown, string told)
    {
        if (shown is not null)
            await redis.Primary.StringSetAsync(keys.Watermark, shown);

        var refusal = await Assert.ThrowsAsync<EpochEndedException>(() => Script.ApplyAsync(1, ["key"], []));

        Assert.Equal($"the primary shows {told}, not epoch 1", refusal.Message);
        Assert.Null(await Script.ReadWatermarkAsync());
    }

    [Theory]
    [InlineData(null, 3, "3-0")]
    [InlineData("rubbish", 3, "3-0")]
    [InlineData("2-17", 3, "3-0")]
    [InlineData("9-17", 10, "10-0")]
    [InlineData("3-17", 3, "3-17")]
    [InlineData("10-17", 9, "10-17")]
    public async Task An_epoch_opens_only_where_it_is_newer(string? shown, long epoch, string expected)
    {
        if (shown is not null)
            await redis.Primary.StringSetAsync(keys.Watermark, shown);

        var watermark = await Script.OpenEpochAsync(epoch);

        await redis.WaitForReplicaAsync();
        Assert.Equal(expected, watermark.ToString());
        Assert.Equal(expected, await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task A_replica_hears_that_an_epoch_opens()
    {
        var heard = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);

        await Script.OpenEpochAsync(5);

        Assert.Equal("5-0", (await heard.ReadAsync(TestContext.Current.CancellationToken)).Message);
    }
}
