using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ScanCheckpointTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();

    // Connects as an agent does. Such a connection refuses plain writes to a replica.
    private ScanCheckpoint Checkpoints => field ??= new ScanCheckpoint(redis.RegionSubscriber.Multiplexer.GetDatabase());

    [Fact]
    public async Task A_checkpoint_on_a_replica_can_be_written_read_and_deleted()
    {
        Assert.Null(await Checkpoints.ReadAsync(keys.Applied));

        await Checkpoints.WriteAsync(keys.Applied, "1-7");
        await Checkpoints.WriteAsync(keys.Applied, "1-9");
        Assert.Equal("1-9", await Checkpoints.ReadAsync(keys.Applied));
        await Checkpoints.WriteAsync(keys.Applied, "");
        await Checkpoints.WriteAsync(keys.Applied, "");

        Assert.Null(await Checkpoints.ReadAsync(keys.Applied));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Applied));
    }

    [Fact]
    public async Task A_checkpoint_stays_on_the_replica_when_the_primary_replicates()
    {
        await Checkpoints.WriteAsync(keys.Scan, "cursor");

        await redis.Primary.StringSetAsync(keys.Prefix + "other", "value");
        await redis.WaitForReplicaAsync();

        Assert.Equal("cursor", await Checkpoints.ReadAsync(keys.Scan));
        Assert.False(await redis.Primary.KeyExistsAsync(keys.Scan));
        Assert.Null(await redis.Region.KeyTimeToLiveAsync(keys.Scan));
    }
}
