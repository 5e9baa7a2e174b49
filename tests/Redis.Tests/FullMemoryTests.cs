using LastMile.Events.Redis;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>
/// Tests which writes a replica at <c>maxmemory</c> refuses, how it reports them, and which writes of an agent still succeed.
/// </summary>
public sealed class FullMemoryTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();

    private SampleScript Samples => field ??= new SampleScript(redis.Region, keys);

    [Fact]
    public async Task A_refused_purge_counts_as_an_error_although_the_watermark_passes_it()
    {
        var purges = new PurgeScript(redis.Primary, keys);
        await purges.OpenEpochAsync(1);
        await redis.Region.StringSetAsync("stale", "cached");
        await redis.WaitForReplicaAsync();
        var before = await Samples.SampleAsync();

        await LimitAsync("1mb");
        await purges.ApplyAsync(1, ["stale"], ["tag"]);
        await redis.WaitForReplicaAsync();
        var refused = await Samples.SampleAsync();
        await LimitAsync("0");
        await purges.ApplyAsync(1, ["other"], []);
        await redis.WaitForReplicaAsync();
        var passed = await Samples.SampleAsync();

        Assert.Equal((new Watermark(1, 0), new Watermark(1, 0), new Watermark(1, 2)), (before.Shown, refused.Shown, passed.Shown));
        Assert.InRange(refused.Errors.Since(before.Errors), 1, 100);
        Assert.Equal(refused.Errors, passed.Errors);
        Assert.True(await redis.Region.KeyExistsAsync("stale"));
    }

    [Fact]
    public async Task An_observation_contains_the_sample_and_the_servers_state()
    {
        await redis.Region.StringSetAsync(keys.Watermark, "3-7");

        var ((_, _, _, _, replication, memory), sample) = await Samples.ObserveAsync();
        var withoutData = await SampleScript.ObserveWithoutDataAsync(redis.PrimaryServer);

        Assert.Equal(await Samples.SampleAsync(), sample);
        Assert.Equal((false, true), (replication.IsPrimary, replication.LinkUp));
        Assert.Equal("volatile-lru", memory.Policy);
        Assert.Null(withoutData.Sample);
        Assert.Equal((true, "noeviction"), (withoutData.Server.Replication.IsPrimary, withoutData.Server.Memory.Policy));
    }

    [Fact]
    public async Task A_refused_write_of_an_application_is_not_a_stream_error()
    {
        var before = await Samples.SampleAsync();

        await LimitAsync("1mb");
        await Assert.ThrowsAsync<RedisServerException>(() => redis.Region.StringSetAsync("own", "value"));
        var after = await Samples.SampleAsync();
        await LimitAsync("0");

        Assert.Equal(before.Errors, after.Errors);
    }

    [Fact]
    public async Task An_agent_applies_purges_and_saves_its_progress()
    {
        var checkpoints = new RegionCheckpoints(redis.Region, keys, movesWatermark: false);
        await redis.Region.StringSetAsync("stale", "cached");

        await LimitAsync("1mb");
        var checkpoint = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), new Watermark(1, 1), new StreamErrors("run", 1));
        await checkpoints.MoveAsync(checkpoint, new Watermark(1, 2), new StreamErrors("run", 2));
        await new ScanCheckpoint(redis.Region).WriteAsync(keys.Scan, "cursor");
        await new ApplyScript(redis.Region, keys).ApplyAsync(new Watermark(1, 1), [], ["first", "second"]);
        await new ApplyScript(redis.Region, keys).ApplyAsync(new Watermark(1, 2), ["stale"], ["third"]);
        await LimitAsync("0");

        Assert.Equal(3, await redis.Region.KeyExistsAsync([keys.Tag("first"), keys.Tag("second"), keys.Tag("third")]));
        Assert.Equal(
            ("1-2", "cursor", false),
            ((string?)await redis.Region.StringGetAsync(keys.Applied),
                (string?)await redis.Region.StringGetAsync(keys.Scan),
                await redis.Region.KeyExistsAsync("stale")));
    }

    // Even an empty server uses more than one megabyte.
    private async Task LimitAsync(string maxmemory)
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.RegionServer.Endpoint + ",allowAdmin=true");
        await admin.GetServers()[0].ExecuteAsync("CONFIG", "SET", "maxmemory", maxmemory);
    }
}
