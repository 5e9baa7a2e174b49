using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using LastMile.Events.Testing;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

public sealed class RefusedLoginTests(SharedServers servers)
{
    [Fact]
    public async Task A_service_with_a_wrong_password_does_not_continue_as_another_user()
    {
        // Its user default needs no password, so the client would continue as that user.
        var redis = await servers.StartRedisAsync();
        await using var connection = Connect(redis, "password=wrong");

        var refusal = await Assert.ThrowsAsync<RedisException>(connection.DatabaseAsync);

        Assert.Contains("refuses the login of x: WRONGPASS", refusal.Message);
        Assert.DoesNotContain("wrong,", refusal.Message);
    }

    [Fact]
    public async Task A_service_continues_once_its_password_is_set_on_the_server()
    {
        var redis = await servers.StartRedisAsync();
        await using var connection = Connect(redis, "password=next");
        await Assert.ThrowsAsync<RedisException>(connection.DatabaseAsync);

        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true");
        await administrator.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "x", "on", ">next", "~*", "&*", "+@all");

        Assert.Equal("x", (string?)await (await connection.DatabaseAsync()).ExecuteAsync("ACL", "WHOAMI"));
    }

    [Fact]
    public async Task A_password_that_no_longer_works_is_reported_after_a_reconnect()
    {
        var redis = await servers.StartRedisAsync();
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true");
        await administrator.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "x", "on", ">next", "~*", "&*", "+@all");
        await using var connection = Connect(redis, "password=next");
        Assert.Equal("x", (string?)await (await connection.DatabaseAsync()).ExecuteAsync("ACL", "WHOAMI"));

        await administrator.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "x", "resetpass", ">other");
        await administrator.GetServers()[0].ExecuteAsync("CLIENT", "KILL", "USER", "x");

        await Eventually.Async(
            () => FailureAsync(connection), failure => failure.Contains("WRONGPASS", StringComparison.Ordinal));
    }

    private static async Task<string> FailureAsync(RedisConnection connection)
    {
        try
        {
            await (await connection.DatabaseAsync()).PingAsync();
            return "";
        }
        catch (RedisException failure)
        {
            return failure.Message;
        }
    }

    private static RedisConnection Connect(RedisServer redis, string password) =>
        new(Options.Create(new RedisOptions { ConnectionString = $"{redis.Endpoint},user=x,{password}{RegionWorld.GivesUpSoon}" }));
}
