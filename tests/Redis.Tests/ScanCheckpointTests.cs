using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ScanCheckpointTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();

    // As an agent is connected: such a connection refuses plain writes to a replica.
    private ScanCheckpoint Marks => field ??= new ScanCheckpoint(redis.RegionSubscriber.Multiplexer.GetDatabase());

    [Fact]
    public async Task A_note_on_a_replica_is_read_as_it_was_written_and_can_be_taken_away()
    {
        Assert.Null(await Marks.ReadAsync(keys.Applied));

        await Marks.WriteAsync(keys.Applied, "1-7");
        await Marks.WriteAsync(keys.Applied, "1-9");
        Assert.Equal("1-9", await Marks.ReadAsync(keys.Applied));
        await Marks.WriteAsync(keys.Applied, "");
        await Marks.WriteAsync(keys.Applied, "");

        Assert.Null(await Marks.ReadAsync(keys.Applied));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Applied));
    }

    [Fact]
    public async Task A_note_is_the_replicas_own_and_outlives_what_the_primary_writes()
    {
        await Marks.WriteAsync(keys.Scan, "note");

        await redis.Primary.StringSetAsync(keys.Prefix + "other", "value");
        await redis.WaitForReplicaAsync();

        Assert.Equal("note", await Marks.ReadAsync(keys.Scan));
        Assert.False(await redis.Primary.KeyExistsAsync(keys.Scan));
        Assert.Null(await redis.Region.KeyTimeToLiveAsync(keys.Scan));
    }
}
