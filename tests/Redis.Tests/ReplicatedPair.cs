using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// These tests wait more than they compute.
[assembly: Parallelization(MaxThreads = 4)]

namespace Redis.Tests;

/// <summary>A primary and a writable replica, for the tests of one class.</summary>
public sealed class ReplicatedPair(SharedServers servers) : IAsyncLifetime
{
    private ConnectionMultiplexer there = null!;
    private ConnectionMultiplexer here = null!;
    private ConnectionMultiplexer hearing = null!;
    private int prefixes;

    public RedisServer RegionServer { get; private set; } = null!;

    public IDatabase Primary => there.GetDatabase();

    public IServer PrimaryServer => there.GetServers().Single();

    /// <summary>Asks for no role, so that it writes to a replica as a region's applications do.</summary>
    public IDatabase Region => here.GetDatabase();

    public ISubscriber RegionSubscriber => hearing.GetSubscriber();

    public async ValueTask InitializeAsync()
    {
        var primary = await servers.StartRedisAsync();
        RegionServer = await servers.StartRedisAsync(RedisRole.Region, primary.Port);
        there = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",allowAdmin=true");
        here = await ConnectionMultiplexer.ConnectAsync($"{RegionServer.Endpoint},proxy=Envoyproxy");
        hearing = await ConnectionMultiplexer.ConnectAsync(RegionServer.Endpoint);
    }

    /// <summary>Names that no other test uses.</summary>
    public RedisKeys NewKeys() => new($"t{Interlocked.Increment(ref prefixes)}:");

    /// <summary>Returns when the replica has applied all that was written to the primary before.</summary>
    public async Task WaitForReplicaAsync() => Assert.Equal(1, (int)await Primary.ExecuteAsync("WAIT", 1, 10_000));

    public async ValueTask DisposeAsync()
    {
        await there.DisposeAsync();
        await here.DisposeAsync();
        await hearing.DisposeAsync();
    }
}
