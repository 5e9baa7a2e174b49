using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// These tests mostly wait, so more tests than cores can run at the same time.
[assembly: Parallelization(MaxThreads = 4)]

namespace Redis.Tests;

/// <summary>A primary and a writable replica, for the tests of one class.</summary>
public sealed class ReplicatedPair(SharedServers servers) : IAsyncLifetime
{
    private ConnectionMultiplexer primaryConnection = null!;
    private ConnectionMultiplexer regionConnection = null!;
    private ConnectionMultiplexer subscriberConnection = null!;
    private int prefixes;

    public RedisServer RegionServer { get; private set; } = null!;

    public IDatabase Primary => primaryConnection.GetDatabase();

    public IServer PrimaryServer => primaryConnection.GetServers().Single();

    /// <summary>The replica. The connection ignores server roles, so it can write to the replica as a region's applications do.</summary>
    public IDatabase Region => regionConnection.GetDatabase();

    public ISubscriber RegionSubscriber => subscriberConnection.GetSubscriber();

    public async ValueTask InitializeAsync()
    {
        var primary = await servers.StartRedisAsync();
        RegionServer = await servers.StartRedisAsync(RedisRole.Region, primary.Port);
        primaryConnection = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",allowAdmin=true");
        regionConnection = await ConnectionMultiplexer.ConnectAsync($"{RegionServer.Endpoint},proxy=Envoyproxy");
        subscriberConnection = await ConnectionMultiplexer.ConnectAsync(RegionServer.Endpoint);
    }

    /// <summary>Returns names that no other test uses.</summary>
    public RedisKeys NewKeys() => new($"t{Interlocked.Increment(ref prefixes)}:");

    /// <summary>Waits until the replica has applied all earlier writes to the primary.</summary>
    public async Task WaitForReplicaAsync() => Assert.Equal(1, (int)await Primary.ExecuteAsync("WAIT", 1, 10_000));

    public async ValueTask DisposeAsync()
    {
        await primaryConnection.DisposeAsync();
        await regionConnection.DisposeAsync();
        await subscriberConnection.DisposeAsync();
    }
}
