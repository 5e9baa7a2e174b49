using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class CarrierProbeTests(SharedServers servers)
{
    private static readonly RedisKeys Keys = new();

    [Fact]
    public async Task A_plain_primary_with_a_replica_propagates_by_the_carrier()
    {
        var primary = await servers.StartRedisAsync();
        await servers.StartRedisAsync(RedisRole.Region, primary.Port);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",allowAdmin=true");

        var propagation = await CarrierProbe.RunAsync(connection.GetServers().Single(), connection.GetDatabase(), Keys);

        Assert.Equal(Propagation.Carrier, propagation);
        Assert.Equal(0, await connection.GetServers().Single().DatabaseSizeAsync());
    }

    [Fact]
    public async Task The_result_is_unknown_without_a_replica()
    {
        var primary = await servers.StartRedisAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",allowAdmin=true");

        Assert.Null(await CarrierProbe.RunAsync(connection.GetServers().Single(), connection.GetDatabase(), Keys));
    }
}
