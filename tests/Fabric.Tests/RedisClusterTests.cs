using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

public sealed class RedisClusterTests(SharedServers servers)
{
    private const string Key = "product:1";

    [Fact]
    public async Task A_cluster_keeps_its_keys_when_slots_move_and_loses_unreplicated_ones_when_a_primary_dies()
    {
        await using var cluster = await servers.StartRedisClusterAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(cluster.Endpoint);
        var database = client.GetDatabase();
        var slot = client.GetHashSlot(Key);
        await database.StringSetAsync(Key, "1");
        var owner = await cluster.OwnerAsync(slot);

        var other = (await cluster.PrimariesAsync()).First(node => node != owner);
        await cluster.MoveSlotsAsync([slot], owner, other);
        Assert.Equal(other, await cluster.OwnerAsync(slot));
        Assert.Equal("1", await database.StringGetAsync(Key));

        // Replication of the moved key is asynchronous.
        var replica = await cluster.ReplicaOfAsync(other);
        await Eventually.Async(() => replica.SendAsync("CLUSTER", "COUNTKEYSINSLOT", $"{slot}"), count => count is "1");
        await RedisClusterServers.CutReplicationAsync(other);
        await database.StringSetAsync(Key, "lost");
        var promoted = await cluster.KillAndFailOverAsync(other);
        Assert.Equal(promoted, await cluster.OwnerAsync(slot));
        Assert.Equal("1", await promoted.SendAsync("GET", Key));

        await cluster.RestartAsync(other);
        Assert.Equal(other, await cluster.ReplicaOfAsync(promoted));
        await cluster.FailOverAsync(other);
        Assert.Equal("1", await other.SendAsync("GET", Key));
    }
}
