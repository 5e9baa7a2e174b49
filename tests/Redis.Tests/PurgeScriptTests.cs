using System.Globalization;
using LastMile.Events.Redis;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class PurgeScriptTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Script => field ??= new PurgeScript(redis.Primary, keys);

    [Theory]
    [InlineData(Propagation.Carrier)]
    [InlineData(Propagation.Each)]
    public async Task A_key_that_only_the_replica_holds_is_dropped(Propagation propagation)
    {
        await Script.OpenEpochAsync(1);
        Script.Propagation = propagation;
        foreach (var key in Names("only-here", 3))
            await redis.Region.StringSetAsync(key, "cached");
        await redis.Region.StringSetAsync(keys.Prefix + "other", "cached");

        await Script.ApplyAsync(1, Names("only-here", 3), []);

        await redis.WaitForReplicaAsync();
        Assert.Equal(0, await redis.Region.KeyExistsAsync([.. Names("only-here", 3).Select(key => (RedisKey)key)]));
        Assert.Equal("cached", await redis.Region.StringGetAsync(keys.Prefix + "other"));
        Assert.False(await redis.Primary.KeyExistsAsync(keys.Carrier));
    }

    [Theory]
    [InlineData(Propagation.Carrier)]
    [InlineData(Propagation.Each)]
    public async Task A_key_of_any_type_is_dropped_on_primary_and_replica(Propagation propagation)
    {
        await Script.OpenEpochAsync(1);
        Script.Propagation = propagation;
        await redis.Primary.StringSetAsync(keys.Prefix + "text", "cached");
        await redis.Region.HashSetAsync(keys.Prefix + "hash", "field", "cached");
        await redis.Region.ListRightPushAsync(keys.Prefix + "list", "cached");

        await Script.ApplyAsync(1, [keys.Prefix + "text", keys.Prefix + "hash", keys.Prefix + "list"], []);

        await redis.WaitForReplicaAsync();
        Assert.Equal(0, await redis.Region.KeyExistsAsync([keys.Prefix + "text", keys.Prefix + "hash", keys.Prefix + "list"]));
        Assert.Equal(0, await redis.Primary.KeyExistsAsync([keys.Prefix + "text", keys.Prefix + "hash", keys.Prefix + "list"]));
    }

    [Theory]
    [InlineData(0, 10, "")]
    [InlineData(5_000, 10, "5000")]
    [InlineData(5_001, 10, "5000 1")]
    [InlineData(1_200, 1_000, "524 524 152")]
    public void Names_are_split_into_calls_by_count_and_characters(int count, int length, string expected)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture).PadRight(length, 'x'))];

        var calls = PurgeScript.Calls(names, names).ToList();

        Assert.Equal(expected, string.Join(' ', calls.Select(call => call.Keys.Length)));
        Assert.Equal(names, calls.SelectMany(call => call.Keys));
        Assert.Equal(names, calls.SelectMany(call => call.Tags));
    }

    [Fact]
    public async Task A_tags_generation_is_the_watermark_on_primary_and_replica()
    {
        await Script.OpenEpochAsync(4);

        var first = await Script.ApplyAsync(4, [], ["category:1", "category:2"]);
        var second = await Script.ApplyAsync(4, [], ["category:2"]);

        await redis.WaitForReplicaAsync();
        Assert.Equal((new Watermark(4, 1), new Watermark(4, 2)), (first, second));
        Assert.Equal("4-1", await redis.Primary.StringGetAsync(keys.Tag("category:1")));
        Assert.Equal("4-1", await redis.Region.StringGetAsync(keys.Tag("category:1")));
        Assert.Equal("4-2", await redis.Region.StringGetAsync(keys.Tag("category:2")));
        Assert.Equal("4-2", await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task The_watermark_and_generations_have_no_TTL()
    {
        await Script.OpenEpochAsync(1);

        await Script.ApplyAsync(1, ["a"], ["b"]);

        Assert.Null(await redis.Primary.KeyTimeToLiveAsync(keys.Watermark));
        Assert.Null(await redis.Primary.KeyTimeToLiveAsync(keys.Tag("b")));
    }

    [Fact]
    public async Task An_empty_batch_moves_the_watermark()
    {
        await Script.OpenEpochAsync(1);

        var watermark = await Script.ApplyAsync(1, [], []);

        Assert.Equal(new Watermark(1, 1), watermark);
        Assert.Equal(watermark, await Script.ReadWatermarkAsync());
    }

    [Fact]
    public async Task Concurrent_purges_get_unique_sequences_without_gaps()
    {
        await Script.OpenEpochAsync(1);

        var watermarks = await Task.WhenAll(Enumerable.Range(0, 500).Select(n => Script.ApplyAsync(1, [$"{keys.Prefix}{n}"], [])));

        Assert.Equal(
            Enumerable.Range(1, 500).Select(sequence => new Watermark(1, sequence)),
            watermarks.Order());
    }

    [Fact]
    public async Task A_call_purges_MaxNames_names()
    {
        await Script.OpenEpochAsync(1);
        var names = Names("many", PurgeScript.MaxNames);
        await redis.Region.StringSetAsync(names[^1], "cached");

        var watermark = await Script.ApplyAsync(1, names, names);

        await redis.WaitForReplicaAsync();
        Assert.False(await redis.Region.KeyExistsAsync(names[^1]));
        Assert.Equal(watermark.ToString(), await redis.Region.StringGetAsync(keys.Tag(names[0])));
        Assert.Equal(watermark.ToString(), await redis.Region.StringGetAsync(keys.Tag(names[^1])));
    }

    [Fact]
    public async Task A_call_with_too_many_names_is_refused_before_anything_is_sent()
    {
        await Script.OpenEpochAsync(1);
        var names = Names("many", PurgeScript.MaxNames + 1);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Script.ApplyAsync(1, names, []));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Script.ApplyAsync(1, [], names));

        Assert.Equal(new Watermark(1, 0), await Script.ReadWatermarkAsync());
    }

    private string[] Names(string name, int count) =>
        [.. Enumerable.Range(0, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"{keys.Prefix}{name}:{n}"))];
}
