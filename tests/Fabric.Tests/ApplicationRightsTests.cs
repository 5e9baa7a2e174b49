using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

/// <summary>Tests the rights of the Redis user <c>application</c> that docs/operations/rights.md describes.</summary>
public sealed class ApplicationRightsTests(SharedServers servers)
{
    [Fact]
    public async Task An_application_needs_the_documented_commands_to_store_hashes()
    {
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        await using var application = await ConnectionMultiplexer.ConnectAsync(redis.EndpointAs(RedisUser.Application));
        var database = application.GetDatabase();
        await Assert.ThrowsAsync<RedisServerException>(() => StoreHashAsync(database));

        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true");
        var commands = Regex.Matches(DocumentedGrant(), @"\+h[a-z]+", RegexOptions.NonBacktracking)
            .Select(command => command.Value);
        object[] grant = ["SETUSER", RedisUsers.NameOf(RedisUser.Application), .. commands];
        await administrator.GetDatabase().ExecuteAsync("ACL", grant);

        await StoreHashAsync(database);
    }

    [Fact]
    public async Task The_application_user_may_run_the_commands_of_the_regional_cache_guide()
    {
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        await using var application = await ConnectionMultiplexer.ConnectAsync(
            redis.EndpointAs(RedisUser.Application) + ",proxy=Envoyproxy");
        var cache = application.GetDatabase();

        // The client uses a different command for a time to live in whole seconds.
        Assert.True(await cache.StringSetAsync("product:7", "json", TimeSpan.FromHours(1)));
        Assert.True(await cache.StringSetAsync("product:8", "json", TimeSpan.FromMilliseconds(10_500)));
        Assert.True(await cache.StringSetAsync("product:9", "lease:1", TimeSpan.FromMilliseconds(5_000), When.NotExists));
        Assert.True(await cache.KeyExpireAsync("product:8", TimeSpan.FromMilliseconds(10_500)));
        Assert.Equal(["json", "json", default], await cache.StringGetAsync(["product:7", "product:8", "lm:main:tag:category:3"]));
        Assert.Equal(2, await cache.KeyDeleteAsync(["product:7", "product:8"]));
    }

    // Runs the commands of Microsoft.Extensions.Caching.StackExchangeRedis.
    private static async Task StoreHashAsync(IDatabase database)
    {
        await database.HashSetAsync("page:1", [new("absexp", -1), new("sldexp", -1), new("data", "x")]);
        await database.HashSetAsync("page:1", "data", "y");
        await database.KeyExpireAsync("page:1", TimeSpan.FromMinutes(1));
        Assert.Equal("y", await database.HashGetAsync("page:1", "data"));
        Assert.Equal(2, (await database.HashGetAsync("page:1", ["absexp", "sldexp"])).Length);
        await database.KeyDeleteAsync("page:1");
    }

    private static string DocumentedGrant() => DocumentationPage.Of("docs/operations/rights.md").Code
        .Select(code => code.Text).Single(text => text.StartsWith("+hset", StringComparison.Ordinal));
}
