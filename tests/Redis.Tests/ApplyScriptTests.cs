using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ApplyScriptTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private ApplyScript Script => field ??= new ApplyScript(redis.Region, keys);

    [Fact]
    public async Task A_purge_drops_keys_and_renews_tags_but_keeps_the_watermark()
    {
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");

        await Script.ApplyAsync(new Watermark(2, 7), [keys.Prefix + "key"], ["tag"]);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
        Assert.StartsWith("2-7-", await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
        Assert.False(await redis.Region.KeyExistsAsync(keys.Watermark));
    }

    [Fact]
    public async Task The_result_counts_existing_keys_but_no_tags()
    {
        await redis.Region.StringSetAsync(
            [new(keys.Prefix + "a", "cached"), new(keys.Prefix + "b", "cached"), new(keys.Tag("tag"), "1-1")]);
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
    public async Task A_purge_replaces_a_generation_only_if_it_is_older(string held, bool renewed)
    {
        await redis.Region.StringSetAsync(keys.Tag("tag"), held);

        await Script.ApplyAsync(new Watermark(2, 7), [], ["tag"]);

        Assert.StartsWith(renewed ? "2-7-" : held, await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "0-0-")]
    [InlineData("2-6", "2-6-")]
    [InlineData("2-6-0123456789abcdef", "2-6-")]
    [InlineData("rubbish", "0-0-")]
    public async Task A_purge_without_a_watermark_renews_a_tag_whose_next_purge_renews_it_again(string? held, string place)
    {
        if (held is not null)
            await redis.Region.StringSetAsync(keys.Tag("tag"), held);

        await Script.ApplyAsync(default, [], ["tag"]);
        var renewed = (string?)await redis.Region.StringGetAsync(keys.Tag("tag"));
        await Script.ApplyAsync(new Watermark(2, 7), [], ["tag"]);

        Assert.StartsWith(place, renewed, StringComparison.Ordinal);
        Assert.NotEqual(held, renewed);
        Assert.True((await redis.Region.StringGetAsync(keys.Late)).HasValue);
        Assert.StartsWith("2-7-", await redis.Region.StringGetAsync(keys.Tag("tag")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generation_never_equals_an_earlier_one_even_after_replication_catches_up()
    {
        var generations = new List<string?>();
        await RepairAsync(12);
        await RepairAsync(43);
        // The replica catches up, and another agent takes over and applies a purge again.
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
    public async Task Repeated_purges_in_any_order_leave_the_latest_generation_of_each_tag()
    {
        (Watermark Batch, string[] Tags)[] purges = [(new(1, 1), ["a", "b"]), (new(1, 2), ["b"]), (new(2, 1), ["a"])];

        foreach (var (batch, tags) in purges.Reverse().Concat(purges).Append(purges[1]))
            await Script.ApplyAsync(batch, [], tags);

        Assert.StartsWith("2-1-", await redis.Region.StringGetAsync(keys.Tag("a")), StringComparison.Ordinal);
        Assert.StartsWith("1-2-", await redis.Region.StringGetAsync(keys.Tag("b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_generation_is_unique_and_the_next_purge_renews_it()
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
    public async Task A_call_accepts_MaxNames_names_and_refuses_one_more()
    {
        string[] names = [.. Enumerable.Range(0, PurgeScript.MaxNames).Select(n => $"{keys.Prefix}{n}")];
        await redis.Region.StringSetAsync(names[^1], "cached");

        await Script.ApplyAsync(new Watermark(1, 1), names, names);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [.. names, "one too many"], []));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Script.ApplyAsync(new Watermark(1, 2), [], [.. names, "one too many"]));

        Assert.False(await redis.Region.KeyExistsAsync(names[^1]));
        Assert.StartsWith("1-1-", await redis.Region.StringGetAsync(keys.Tag(names[^1])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ordinary_connection_can_apply_a_purge()
    {
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");
        var ordinaryConnection = redis.RegionSubscriber.Multiplexer.GetDatabase();

        await new ApplyScript(ordinaryConnection, keys).ApplyAsync(new Watermark(1, 1), [keys.Prefix + "key"], []);

        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
    }
}
