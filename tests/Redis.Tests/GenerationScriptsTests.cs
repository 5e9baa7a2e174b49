using System.Globalization;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class GenerationScriptsTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private static readonly Watermark UpTo = new(2, 7);
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly RedisKeys keys = redis.NewKeys();

    private GenerationScripts Scripts => field ??= new GenerationScripts(redis.Primary, keys);

    [Theory]
    [InlineData("2-7", true)]
    [InlineData("2-6", true)]
    [InlineData("1-99", true)]
    [InlineData("2-7-0123456789abcdef", true)]
    [InlineData("1-1000-0123456789abcdef", true)]
    [InlineData("2-8", false)]
    [InlineData("2-10", false)]
    [InlineData("10-1", false)]
    [InlineData("3-0", false)]
    [InlineData("2-10-0123456789abcdef", false)]
    [InlineData("2-8-0", false)]
    // Epoch 0 marks the replacement of an evicted generation. Its tag may have been purged recently.
    [InlineData("0-0-0123456789abcdef", false)]
    [InlineData("2-7x", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    [InlineData("rubbish", false)]
    public async Task Only_generations_up_to_the_watermark_are_deleted(string held, bool deleted)
    {
        await redis.Primary.StringSetAsync(keys.Tag("tag"), held);

        Assert.Equal((1, deleted ? 1 : 0), await CollectAsync(Scripts));

        Assert.Equal(!deleted, await redis.Primary.KeyExistsAsync(keys.Tag("tag")));
    }

    [Fact]
    public async Task Only_generations_are_deleted()
    {
        RedisKey[] others =
        [
            keys.Watermark, keys.History, keys.Applied, keys.Scan,
            keys.Prefix + "tags:x", "x" + keys.Prefix + "tag:x", keys.Prefix + "TAG:x",
        ];
        await redis.Primary.StringSetAsync([.. others.Select(key => new KeyValuePair<RedisKey, RedisValue>(key, "1-1"))]);
        await redis.Primary.HashSetAsync(keys.Tag("of another type"), "1-1", "1-1");
        await redis.Primary.StringSetAsync(keys.Tag("old"), "1-1");

        Assert.Equal((1, 1), await CollectAsync(Scripts));

        Assert.Equal(others.Length + 1, await redis.Primary.KeyExistsAsync([.. others, keys.Tag("of another type")]));
    }

    [Theory]
    [InlineData("a*:", "ab:")]
    [InlineData("a?[b]:", "axb:")]
    [InlineData("[^a]:", "b:")]
    [InlineData(@"a\:", "a:")]
    public async Task A_prefix_is_not_treated_as_a_pattern(string prefix, string like)
    {
        var at = $"{keys.Prefix.TrimEnd(':')}.";
        var (odd, other) = (new RedisKeys(at + prefix), new RedisKeys(at + like));
        await redis.Primary.StringSetAsync([new(odd.Tag("tag"), "1-1"), new(other.Tag("tag"), "1-1")]);

        Assert.Equal((1, 1), await CollectAsync(new GenerationScripts(redis.Primary, odd)));

        Assert.False(await redis.Primary.KeyExistsAsync(odd.Tag("tag")));
        Assert.True(await redis.Primary.KeyExistsAsync(other.Tag("tag")));
    }

    [Fact]
    public async Task Many_generations_are_deleted_everywhere_in_small_steps_and_newer_ones_stay()
    {
        await FillAsync(12_000);
        await redis.Primary.StringSetAsync(keys.Tag("young"), "2-8");
        var (cursor, steps, deleted, most) = ("", 0, 0L, 0L);

        do
        {
            var step = await Scripts.StepAsync(UpTo, cursor);
            (cursor, steps, deleted, most) = (step.Cursor, steps + 1, deleted + step.Deleted, Math.Max(most, step.Seen));
        }
        while (cursor.Length > 0);

        await redis.WaitForReplicaAsync();
        Assert.Equal(12_000, deleted);
        Assert.InRange(most, 1, 1_000);
        Assert.True(steps >= 12, $"{steps} steps");
        Assert.Equal(0, await redis.Region.KeyExistsAsync(Tags(12_000)));
        Assert.Equal("2-8", await redis.Region.StringGetAsync(keys.Tag("young")));
    }

    [Fact]
    public async Task Generations_are_only_counted_without_a_watermark()
    {
        await FillAsync(1_500);

        var (seen, deleted) = await CollectAsync(Scripts, default(Watermark));

        Assert.InRange(seen, 1_500, 1_600);
        Assert.Equal(0, deleted);
        Assert.Equal(1_500, await redis.Primary.KeyExistsAsync(Tags(1_500)));
    }

    [Fact]
    public async Task A_generation_written_by_an_agent_is_deleted_with_the_primarys()
    {
        await redis.Primary.StringSetAsync(keys.Tag("repaired"), "1-5");
        await redis.WaitForReplicaAsync();
        await redis.Region.StringSetAsync(keys.Tag("repaired"), "1-5-0123456789abcdef");

        await CollectAsync(Scripts);

        await redis.WaitForReplicaAsync();
        Assert.False(await redis.Region.KeyExistsAsync(keys.Tag("repaired")));
    }

    [Fact]
    public async Task A_region_at_maxmemory_applies_the_deletes()
    {
        await FillAsync(100);
        await redis.WaitForReplicaAsync();
        var samples = new SampleScript(redis.Region, keys);
        var before = await samples.SampleAsync();

        await LimitAsync(redis.RegionServer.Endpoint, "1mb");
        await CollectAsync(Scripts);
        await redis.WaitForReplicaAsync();
        var after = await samples.SampleAsync();
        var left = await redis.Region.KeyExistsAsync(Tags(100));
        await LimitAsync(redis.RegionServer.Endpoint, "0");

        Assert.Equal(before.Errors, after.Errors);
        Assert.Equal(0, left);
    }

    [Fact]
    public async Task A_primary_at_maxmemory_deletes_generations_and_saves_the_history()
    {
        await FillAsync(100);
        var server = redis.PrimaryServer.EndPoint.ToString()!;

        await LimitAsync(server, "1mb");
        await Assert.ThrowsAsync<RedisServerException>(() => redis.Primary.StringSetAsync(keys.Tag("refused"), "1-1"));
        var collected = await CollectAsync(Scripts);
        var saved = await Scripts.ReplaceHistoryAsync(await Scripts.ReadHistoryAsync(), AppliedHistory.Parse("1:1-1"));
        await LimitAsync(server, "512mb");

        Assert.Equal((100, 100), collected);
        Assert.True(saved);
        Assert.Equal("1:1-1", (await Scripts.ReadHistoryAsync()).Text);
    }

    [Fact]
    public async Task Only_one_of_two_collectors_replaces_the_history_that_both_read()
    {
        var first = await Scripts.ReadHistoryAsync();
        var second = await Scripts.ReadHistoryAsync();

        Assert.True(await Scripts.ReplaceHistoryAsync(first, AppliedHistory.Parse("1:1-1")));
        Assert.False(await Scripts.ReplaceHistoryAsync(second, AppliedHistory.Parse("2:1-2")));

        Assert.Equal(("", "1:1-1"), (first.Text, (await Scripts.ReadHistoryAsync()).Text));
    }

    [Fact]
    public async Task The_history_carries_the_servers_time()
    {
        var before = TimeProvider.System.GetUtcNow();

        var read = await Scripts.ReadHistoryAsync();

        Assert.InRange(read.Now, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task A_restart_keeps_the_history_and_the_scan_begins_again()
    {
        var server = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal) { ["save"] = "300 1" });
        await using var before = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await before.GetDatabase().StringSetAsync(Generations(3_000));
        var scripts = new GenerationScripts(before.GetDatabase(), keys);
        await scripts.ReplaceHistoryAsync(await scripts.ReadHistoryAsync(), AppliedHistory.Parse("1:1-1"));
        var first = await scripts.StepAsync(UpTo, "");

        await server.Process.RestartAsync(Cancellation);
        await using var after = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        scripts = new GenerationScripts(after.GetDatabase(), keys);

        Assert.Equal("1:1-1", (await scripts.ReadHistoryAsync()).Text);
        Assert.Equal((3_000 - first.Deleted, 3_000 - first.Deleted), await CollectAsync(scripts, UpTo, first.Cursor));
    }

    private static async Task<(long Seen, long Deleted)> CollectAsync(GenerationScripts scripts, Watermark? upTo = null, string cursor = "")
    {
        var (seen, deleted) = (0L, 0L);
        do
        {
            var step = await scripts.StepAsync(upTo ?? UpTo, cursor);
            (cursor, seen, deleted) = (step.Cursor, seen + step.Seen, deleted + step.Deleted);
        }
        while (cursor.Length > 0);
        return (seen, deleted);
    }

    private static async Task LimitAsync(string endpoint, string maxmemory)
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync(endpoint + ",allowAdmin=true");
        await admin.GetServers()[0].ExecuteAsync("CONFIG", "SET", "maxmemory", maxmemory);
    }

    private Task<bool> FillAsync(int count) => redis.Primary.StringSetAsync(Generations(count));

    private KeyValuePair<RedisKey, RedisValue>[] Generations(int count) =>
        [.. Tags(count).Select(key => new KeyValuePair<RedisKey, RedisValue>(key, "1-1"))];

    private RedisKey[] Tags(int count) => [.. Enumerable.Range(0, count).Select(n => keys.Tag(n.ToString(CultureInfo.InvariantCulture)))];
}
