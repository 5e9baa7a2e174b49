using LastMile.Events.Redis;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ApplyScriptTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private ApplyScript Script => field ??= new ApplyScript(redis.Region, keys);

    [Fact]
    public async Task Keys_die_and_tags_are_renewed_and_the_watermark_stays()
    {
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");

        await Script.ApplyAsync(new Watermark(2, 7), [keys.Prefix + "key"], ["tag"], movesWatermark: false);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
        Assert.StartsWith("2-7-", await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
        Assert.False(await redis.Region.KeyExistsAsync(keys.Watermark));
    }

    [Fact]
    public async Task It_tells_how_many_of_the_keys_were_there_and_counts_no_tag()
    {
        await redis.Region.StringSetAsync([new(keys.Prefix + "a", "cached"), new(keys.Prefix + "b", "cached"), new(keys.Tag("tag"), "1-1")]);
        string[] dropped = [keys.Prefix + "a", keys.Prefix + "b", keys.Prefix + "absent"];

        Assert.Equal(2, await Script.ApplyAsync(new Watermark(1, 2), dropped, ["tag"], movesWatermark: false));
        Assert.Equal(0, await Script.ApplyAsync(new Watermark(1, 2), dropped, ["tag"], movesWatermark: false));
        Assert.Equal(0, await Script.ApplyAsync(new Watermark(1, 3), [], ["tag"], movesWatermark: true));
    }

    [Theory]
    [InlineData("2-6", "2-7")]
    [InlineData("1-99", "2-7")]
    [InlineData("rubbish", "2-7")]
    [InlineData("2-7", "2-7")]
    [InlineData("2-10", "2-10")]
    [InlineData("10-1", "10-1")]
    public async Task A_newer_generation_and_a_newer_watermark_stay(string held, string expected)
    {
        await redis.Region.StringSetAsync(keys.Tag("tag"), held);
        await redis.Region.StringSetAsync(keys.Watermark, held);

        await Script.ApplyAsync(new Watermark(2, 7), [], ["tag"], movesWatermark: true);

        Assert.StartsWith(expected, await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
        Assert.Equal(expected, await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task A_generation_never_equals_an_earlier_one_whatever_replication_brings_later()
    {
        var generations = new List<string?>();
        await RepairAsync(12);
        await RepairAsync(43);
        // The replica catches up, and the agent is replaced by one that applies a purge once more.
        foreach (var replicated in new[] { "1-11", "1-12", "1-42" })
        {
            await redis.Region.StringSetAsync(keys.Tag("tag"), replicated);
            generations.Add(replicated);
            await RepairAsync(43);
        }

        generations.Add("1-43");
        Assert.Equal(generations.Count, generations.Distinct().Count());

        async Task RepairAsync(long sequence)
        {
            await Script.ApplyAsync(new Watermark(1, sequence), [], ["tag"], movesWatermark: false);
            generations.Add(await redis.Region.StringGetAsync(keys.Tag("tag")));
        }
    }

    [Fact]
    public async Task Any_order_and_any_number_of_times_ends_the_same()
    {
        (Watermark Batch, string[] Tags)[] purges = [(new(1, 1), ["a", "b"]), (new(1, 2), ["b"]), (new(2, 1), ["a"])];

        foreach (var (batch, tags) in purges.Reverse().Concat(purges).Append(purges[1]))
            await Script.ApplyAsync(batch, [], tags, movesWatermark: true);

        Assert.StartsWith("2-1-", await redis.Region.StringGetAsync(keys.Tag("a")), StringComparison.Ordinal);
        Assert.StartsWith("1-2-", await redis.Region.StringGetAsync(keys.Tag("b")), StringComparison.Ordinal);
        Assert.Equal("2-1", await redis.Region.StringGetAsync(keys.Watermark));
    }

    [Fact]
    public async Task A_subscriber_hears_each_step_of_the_watermark_and_no_other()
    {
        var heard = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);

        foreach (var sequence in new long[] { 1, 3, 2, 4 })
            await Script.ApplyAsync(new Watermark(1, sequence), [], [], movesWatermark: true);

        Assert.Equal(["1-1", "1-3", "1-4"], [await NextAsync(heard), await NextAsync(heard), await NextAsync(heard)]);
    }

    [Fact]
    public async Task The_most_names_of_one_call_are_applied_and_one_more_is_refused()
    {
        string[] names = [.. Enumerable.Range(0, PurgeScript.MaxNames).Select(n => $"{keys.Prefix}{n}")];
        await redis.Region.StringSetAsync(names[^1], "cached");

        await Script.ApplyAsync(new Watermark(1, 1), names, names, movesWatermark: false);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [.. names, "one more"], [], movesWatermark: false));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [], [.. names, "one more"], movesWatermark: false));

        Assert.False(await redis.Region.KeyExistsAsync(names[^1]));
        Assert.StartsWith("1-1-", await redis.Region.StringGetAsync(keys.Tag(names[^1])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_needs_no_connection_of_a_special_kind()
    {
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");
        var ordinary = redis.RegionSubscriber.Multiplexer.GetDatabase();

        await new ApplyScript(ordinary, keys).ApplyAsync(new Watermark(1, 1), [keys.Prefix + "key"], [], movesWatermark: false);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
    }

    private static async Task<string?> NextAsync(ChannelMessageQueue heard) =>
        (await heard.ReadAsync(TestContext.Current.CancellationToken)).Message;
}
