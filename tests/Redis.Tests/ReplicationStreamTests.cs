using System.Globalization;
using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Tests the replicated commands, and their effect on a replica that holds other keys and values than its primary.</summary>
public sealed class ReplicationStreamTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Script => field ??= new PurgeScript(redis.Primary, keys);

    [Fact]
    public async Task An_absolute_value_replaces_any_value_that_the_replica_holds()
    {
        await Script.OpenEpochAsync(1);
        await redis.WaitForReplicaAsync();
        await redis.Region.KeyDeleteAsync(keys.Watermark);
        await redis.Region.HashSetAsync(keys.Watermark, "field", "here");
        await redis.Region.ListRightPushAsync(keys.Tag("tag"), "here");
        await redis.Region.SetAddAsync(keys.Carrier, "here");
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");

        await Script.ApplyAsync(1, [keys.Prefix + "key"], ["tag"]);

        await redis.WaitForReplicaAsync();
        Assert.Equal("1-1", await redis.Region.StringGetAsync(keys.Watermark));
        Assert.Equal("1-1", await redis.Region.StringGetAsync(keys.Tag("tag")));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Carrier));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
    }

    [Theory]
    [InlineData(Propagation.Carrier, "SET carrier 1|UNLINK carrier a b|SET tag:t 1-1")]
    [InlineData(Propagation.Each, "SET a 1|UNLINK a|SET b 1|UNLINK b|SET tag:t 1-1")]
    public async Task Only_absolute_writes_and_deletes_are_replicated(Propagation propagation, string expected)
    {
        await Script.OpenEpochAsync(1);
        Script.Propagation = propagation;
        await redis.WaitForReplicaAsync();
        await using var monitor = await CommandMonitor.OpenAsync(redis.RegionServer.Port);

        await Script.ApplyAsync(1, [keys.Prefix + "a", keys.Prefix + "b"], ["t"]);

        var replicated = await monitor.ReadUntilAsync($"PUBLISH {keys.WatermarkChannel} 1-1");
        Assert.Equal(
            expected + "|SET watermark 1-1|PUBLISH purged NAMES|PUBLISH watermark 1-1",
            string.Join('|', replicated.Where(command => command.Contains(keys.Prefix, StringComparison.Ordinal)).Select(WithoutHashes))
                .Replace($"{keys.Prefix}{keys.Lineage}:", "", StringComparison.Ordinal)
                .Replace(keys.Prefix, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscriber_of_the_replica_is_notified_after_the_purge_is_applied_there()
    {
        await Script.OpenEpochAsync(1);
        await redis.WaitForReplicaAsync();
        await redis.Region.StringSetAsync(keys.Prefix + "key", "cached");
        var received = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);

        await Script.ApplyAsync(1, [keys.Prefix + "key"], ["tag"]);

        Assert.Equal("1-1", (await received.ReadAsync(TestContext.Current.CancellationToken)).Message);
        Assert.False(await redis.Region.KeyExistsAsync(keys.Prefix + "key"));
        Assert.Equal("1-1", await redis.Region.StringGetAsync(keys.Tag("tag")));
    }

    [Fact]
    public async Task A_key_in_a_long_batch_costs_at_most_twelve_bytes_more_than_its_length()
    {
        const int count = 1_000;
        await Script.OpenEpochAsync(1);
        string[] names =
        [
            .. Enumerable.Range(0, count)
                .Select(n => string.Create(CultureInfo.InvariantCulture, $"{keys.Prefix}product:{n:D6}")),
        ];
        var before = (await ReplicationInfo.ReadAsync(redis.PrimaryServer)).Offset;

        await Script.ApplyAsync(1, names, []);

        var bytes = (await ReplicationInfo.ReadAsync(redis.PrimaryServer)).Offset - before;
        Assert.InRange(bytes, names.Sum(name => name.Length), names.Sum(name => name.Length + 12));
    }

    private string WithoutHashes(string command)
    {
        var published = $"PUBLISH {keys.PurgeChannel} ";
        return command.StartsWith(published, StringComparison.Ordinal) ? published + "NAMES" : command;
    }
}
