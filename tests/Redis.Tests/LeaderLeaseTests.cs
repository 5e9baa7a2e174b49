using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class LeaderLeaseTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly RedisKeys keys = redis.NewKeys();

    [Fact]
    public async Task A_lease_is_held_by_one_agent_until_it_is_released_expires_or_is_taken_by_force()
    {
        // As an agent connects, on a replica.
        var (one, other) = (LeaseOf("one"), LeaseOf("other"));

        Assert.True(await one.TakeAsync(Minute, force: false));
        Assert.True(await one.TakeAsync(Minute, force: false));
        Assert.False(await other.TakeAsync(Minute, force: false));
        await other.ReleaseAsync();
        Assert.False(await other.TakeAsync(Minute, force: false));
        Assert.True(await other.TakeAsync(Minute, force: true));
        Assert.False(await one.TakeAsync(Minute, force: false));
        await other.ReleaseAsync();
        Assert.True(await one.TakeAsync(Minute, force: false));
        Assert.InRange((await redis.Region.KeyTimeToLiveAsync(keys.Leader))!.Value, TimeSpan.FromSeconds(50), Minute);
    }

    private LeaderLease LeaseOf(string agent) => new(redis.RegionSubscriber.Multiplexer.GetDatabase(), keys, agent);
}
