using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ServerFactsTests(SharedServers servers)
{
    // Fields of real replies.
    [Theory]
    [InlineData("redis_version:7.0.15|redis_mode:standalone|role:master", "Redis 7.0.15, standalone, primary", false)]
    [InlineData("redis_version:6.2.14|redis_mode:cluster|role:slave|cluster_enabled:1", "Redis 6.2.14, cluster, replica", true)]
    [InlineData("redis_version:7.0.15|redis_mode:sentinel", "Redis 7.0.15, sentinel", false)]
    [InlineData(
        "redis_version:7.2.4|server_name:valkey|valkey_version:8.0.1|server_mode:standalone|role:master",
        "Valkey 8.0.1, standalone, primary",
        false)]
    [InlineData("redis_version:7.2.4|valkey_version:8.1.0|server_mode:cluster|role:master", "Valkey 8.1.0, cluster, primary", false)]
    [InlineData(
        "garnet_version:2.2.8|server_name:garnet|redis_version:7.4.3|redis_mode:standalone|role:master|cluster_enabled:0",
        "Garnet 2.2.8, standalone, primary",
        false)]
    [InlineData(
        "redis_version:7.4.0|dragonfly_version:df-v1.27.1|redis_mode:standalone|role:master",
        "Dragonfly 1.27.1, standalone, primary",
        false)]
    [InlineData("redis_version:6.3.4|redis_mode:standalone|role:master|mvcc_depth:0", "KeyDB 6.3.4, standalone, primary", true)]
    [InlineData("redis_version:255.255.255|redis_mode:standalone|role:master", "Redis 255.255.255, standalone, primary", false)]
    [InlineData("", "Redis 0.0, standalone, replica", true)]
    public void A_server_is_recognized(string info, string expected, bool isOld)
    {
        var facts = ServerFacts.Parse(info.Replace('|', '\n'));

        Assert.Equal(expected, facts.ToString());
        Assert.Equal(isOld, facts.IsOld);
    }

    [Fact]
    public async Task The_facts_are_read_from_a_server()
    {
        var server = await servers.StartRedisAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");

        var facts = await ServerFacts.ReadAsync(connection.GetServers().Single());

        Assert.Equal(ServerProduct.Redis, facts.Product);
        Assert.True(facts.Version >= new Version(7, 0));
        Assert.True(facts.Replication.IsPrimary);
    }
}
