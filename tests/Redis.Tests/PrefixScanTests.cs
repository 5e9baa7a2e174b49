using System.Globalization;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class PrefixScanTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly RedisKeys keys = redis.NewKeys();

    [Theory]
    [InlineData(
        "product:",
        new[] { "product:", "product:1", "product:1:en" },
        new[] { "product", "products:1", "Product:1", "a-product:1" })]
    [InlineData("a*c", new[] { "a*c", "a*c1" }, new[] { "abc", "a*", "aac" })]
    [InlineData("a?c[x]", new[] { "a?c[x]1" }, new[] { "abcx1", "abc[x]1" })]
    [InlineData(@"a\*", new[] { @"a\*1" }, new[] { "a*1", @"a\b" })]
    [InlineData("%d.", new[] { "%d.1" }, new[] { "1.1", "%da1" })]
    [InlineData("größe:", new[] { "größe:7" }, new[] { "grösse:7", "groesse:7" })]
    [InlineData("line\nbreak\0:", new[] { "line\nbreak\0:1" }, new[] { "line", "line\nbreak" })]
    public async Task A_key_is_dropped_if_it_begins_with_the_bytes_of_the_prefix(string prefix, string[] matching, string[] others)
    {
        var at = $"{keys.Prefix.Replace(':', '.')}{Guid.NewGuid():N}";
        await FillAsync(redis.Region, [.. matching.Concat(others).Select(name => at + name)]);

        var dropped = await Scan(redis.Region).RunAsync(at + prefix, Cancellation);

        Assert.Equal(matching.Length, dropped);
        Assert.Equal(0, await redis.Region.KeyExistsAsync(Names(at, matching)));
        Assert.Equal(others.Length, await redis.Region.KeyExistsAsync(Names(at, others)));
    }

    [Fact]
    public async Task A_key_that_is_not_UTF_8_is_compared_byte_by_byte()
    {
        RedisKey[] names = [new byte[] { 0xFF, 0xC3, 1 }, new byte[] { 0xC3, 0xA4, 1 }];
        foreach (var name in names)
            await redis.Region.StringSetAsync(name, "cached");

        Assert.Equal(1, await Scan(redis.Region).RunAsync("ä", Cancellation));

        Assert.True(await redis.Region.KeyExistsAsync(names[0]));
        Assert.False(await redis.Region.KeyExistsAsync(names[1]));
    }

    [Fact]
    public async Task A_scan_of_any_prefix_keeps_LastMiles_own_keys()
    {
        await redis.Region.StringSetAsync(
            [new(keys.Watermark, "1-1"), new(keys.Tag("t"), "1-1"), new(keys.Scan, "cursor"), new(keys.Applied, "1-1")]);
        var like = keys.Prefix.TrimEnd(':');
        await redis.Region.StringSetAsync(like + "-of-an-application", "cached");

        Assert.Equal(1, await Scan(redis.Region).RunAsync(like, Cancellation));

        Assert.Equal(4, await redis.Region.KeyExistsAsync([keys.Watermark, keys.Tag("t"), keys.Scan, keys.Applied]));
    }

    [Fact]
    public async Task Many_keys_are_dropped_in_several_steps()
    {
        var prefix = await FillAsync(redis.Region, 12_000);
        var (cursor, steps, total, most) = ("", 0, 0L, 0L);

        do
        {
            (cursor, var seen, var dropped) = await Scan(redis.Region).StepAsync(prefix, cursor);
            (steps, total, most) = (steps + 1, total + dropped, Math.Max(most, seen));
        }
        while (cursor.Length > 0);

        Assert.Equal(12_000, total);
        Assert.InRange(most, 500, 2_000);
        Assert.True(steps >= 6, $"{steps} steps");
    }

    [Fact]
    public async Task A_step_drops_more_keys_than_one_delete_command_takes()
    {
        var prefix = await FillAsync(redis.Region, 12_000);
        await using var script = typeof(PrefixScan).Assembly.GetManifestResourceStream("scan.lua")!;
        using var text = new StreamReader(script);

        var step = (RedisResult[])(await redis.Region.ScriptEvaluateAsync(
            await text.ReadToEndAsync(Cancellation), [keys.Scan], ["", prefix, keys.Prefix, 1_000_000, keys.PurgeChannel.ToString()]))!;

        Assert.Equal(("", 12_000), ((string)step[0]!, (int)step[2]));
        Assert.Equal(0, await Scan(redis.Region).RunAsync(prefix, Cancellation));
    }

    [Fact]
    public async Task Another_client_continues_from_the_cursor()
    {
        var prefix = await FillAsync(redis.Region, 6_000);
        var (cursor, _, first) = await Scan(redis.Region).StepAsync(prefix, "");
        Assert.NotEmpty(cursor);
        var ordinaryConnection = redis.RegionSubscriber.Multiplexer.GetDatabase();

        Assert.Equal(6_000 - first, await RestAsync(Scan(ordinaryConnection), prefix, cursor));
        Assert.InRange(first, 1, 2_000);
    }

    [Fact]
    public async Task A_scan_begins_again_after_the_server_restarts()
    {
        var server = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal) { ["save"] = "300 1" });
        await using var before = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        var prefix = await FillAsync(before.GetDatabase(), 6_000);
        var (cursor, _, first) = await Scan(before.GetDatabase()).StepAsync(prefix, "");

        await server.Process.RestartAsync(Cancellation);
        await using var after = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);

        Assert.Equal(6_000 - first, await RestAsync(Scan(after.GetDatabase()), prefix, cursor));
    }

    [Theory]
    [InlineData("17")]
    [InlineData("0123456789abcdef0123456789abcdef01234567:17")]
    [InlineData("rubbish")]
    public async Task An_unknown_cursor_begins_a_new_scan(string cursor)
    {
        var prefix = await FillAsync(redis.Region, 2_000);

        Assert.Equal(2_000, await RestAsync(Scan(redis.Region), prefix, cursor));
    }

    [Fact]
    public async Task A_scan_writes_to_a_replica_over_an_ordinary_connection()
    {
        var prefix = await FillAsync(redis.Region, 3);
        var ordinaryConnection = redis.RegionSubscriber.Multiplexer.GetDatabase();

        Assert.Equal(3, await Scan(ordinaryConnection).RunAsync(prefix, Cancellation));
    }

    [Fact]
    public async Task A_scan_of_the_primary_also_drops_the_replicas_keys()
    {
        var prefix = await FillAsync(redis.Primary, 2_500);
        await redis.WaitForReplicaAsync();
        Assert.True(await redis.Region.KeyExistsAsync(prefix + "0"));

        await Scan(redis.Primary).RunAsync(prefix, Cancellation);

        await redis.WaitForReplicaAsync();
        Assert.Equal(0, await redis.Region.KeyExistsAsync([.. Enumerable.Range(0, 2_500).Select(n => (RedisKey)$"{prefix}{n}")]));
    }

    [Fact]
    public async Task An_empty_prefix_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Scan(redis.Region).StepAsync("", ""));
    }

    [Fact]
    public async Task A_scan_can_be_canceled_between_two_steps()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Scan(redis.Region).RunAsync("product:", new CancellationToken(canceled: true)));
    }

    private static async Task<long> RestAsync(PrefixScan scan, string prefix, string cursor)
    {
        var rest = 0L;
        while (cursor.Length > 0)
        {
            (cursor, _, var dropped) = await scan.StepAsync(prefix, cursor);
            rest += dropped;
        }

        return rest;
    }

    private static RedisKey[] Names(string at, string[] names) => [.. names.Select(name => (RedisKey)(at + name))];

    private static Task<bool> FillAsync(IDatabase database, string[] names) =>
        database.StringSetAsync([.. names.Select(name => new KeyValuePair<RedisKey, RedisValue>(name, "cached"))]);

    private static async Task<string> FillAsync(IDatabase database, int count)
    {
        var prefix = Guid.NewGuid().ToString("N") + ":";
        await FillAsync(database, [.. Enumerable.Range(0, count).Select(n => prefix + n.ToString(CultureInfo.InvariantCulture))]);
        return prefix;
    }

    private PrefixScan Scan(IDatabase database) => new(database, keys);
}
