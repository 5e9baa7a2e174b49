using LastMile.Events.Redis;
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

        await Script.ApplyAsync(new Watermark(2, 7), [keys.Prefix + "key"], ["tag"]);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
        Assert.StartsWith("2-7-", await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
        Assert.False(await redis.Region.KeyExistsAsync(keys.Watermark));
    }

    [Fact]
    public async Task It_tells_how_many_of_the_keys_were_there_and_counts_no_tag()
    {
        await redis.Region.StringSetAsync([new(keys.Prefix + "a", "cached"), new(keys.Prefix + "b", "cached"), new(keys.Tag("tag"), "1-1")]);
        string[] dropped = [keys.Prefix + "a", keys.Prefix + "b", keys.Prefix + "absent"];

        Assert.Equal(2, await Script.ApplyAsync(new Watermark(1, 2), dropped, ["tag"]));
        Assert.Equal(0, await Script.ApplyAsync(new Watermark(1, 2), dropped, ["tag"]));
        Assert.Equal(0, await Script.ApplyAsync(new Watermark(1, 3), [], ["tag"]));
    }

    [Theory]
    [InlineData("2-6", true)]
    [InlineData("2-6-0123456789abcdef", true)]
    [InlineData("1-99", true)]
    [InlineData("0-0-0123456789abcdef", true)]
    [InlineData("rubbish", true)]
    [InlineData("2-7", false)]
    [InlineData("2-7-0123456789abcdef", false)]
    [InlineData("2-10", false)]
    [InlineData("10-1", false)]
    public async Task A_generation_of_this_or_a_later_purge_stays(string held, bool renewed)
    {
        await redis.Region.StringSetAsync(keys.Tag("tag"), held);

        await Script.ApplyAsync(new Watermark(2, 7), [], ["tag"]);

        Assert.StartsWith(renewed ? "2-7-" : held, await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
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
            await Script.ApplyAsync(new Watermark(1, sequence), [], ["tag"]);
            generations.Add(await redis.Region.StringGetAsync(keys.Tag("tag")));
        }
    }

    [Fact]
    public async Task Any_order_and_any_number_of_times_ends_with_the_latest_purge_of_each_tag()
    {
        (Watermark Batch, string[] Tags)[] purges = [(new(1, 1), ["a", "b"]), (new(1, 2), ["b"]), (new(2, 1), ["a"])];

        foreach (var (batch, tags) in purges.Reverse().Concat(purges).Append(purges[1]))
            await Script.ApplyAsync(batch, [], tags);

        Assert.StartsWith("2-1-", await redis.Region.StringGetAsync(keys.Tag("a")), StringComparison.Ordinal);
        Assert.StartsWith("1-2-", await redis.Region.StringGetAsync(keys.Tag("b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_has_lost_its_generation_gets_one_that_the_next_purge_renews()
    {
        await redis.Region.StringSetAsync(keys.Tag("kept"), "1-1");

        Assert.Equal(1, await Script.RestoreAsync(["kept", "lost"]));
        Assert.Equal(0, await Script.RestoreAsync(["kept", "lost"]));
        var first = (string?)await redis.Region.StringGetAsync(keys.Tag("lost"));
        await redis.Region.KeyDeleteAsync(keys.Tag("lost"));
        await Script.RestoreAsync(["lost"]);
        var second = (string?)await redis.Region.StringGetAsync(keys.Tag("lost"));
        await Script.ApplyAsync(new Watermark(1, 1), [], ["lost"]);

        Assert.Equal("1-1", await redis.Region.StringGetAsync(keys.Tag("kept")));
        Assert.NotNull(first);
        Assert.NotEqual(first, second);
        Assert.StartsWith("1-1-", await redis.Region.StringGetAsync(keys.Tag("lost")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_most_names_of_one_call_are_applied_and_one_more_is_refused()
    {
        string[] names = [.. Enumerable.Range(0, PurgeScript.MaxNames).Select(n => $"{keys.Prefix}{n}")];
        await redis.Region.StringSetAsync(names[^1], "cached");

        await Script.ApplyAsync(new Watermark(1, 1), names, names);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [.. names, "one more"], []));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [], [.. names, "one more"]));

        Assert.False(await redis.Region.KeyExistsAsync(names[^1]));
        Assert.StartsWith("1-1-", await redis.Region.StringGetAsync(keys.Tag(names[^1])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_needs_no_connection_of_a_special_kind()
    {
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");
        var ordinary = redis.RegionSubscriber.Multiplexer.GetDatabase();

        await new ApplyScript(ordinary, keys).ApplyAsync(new Watermark(1, 1), [keys.Prefix + "key"], []);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
    }
}
