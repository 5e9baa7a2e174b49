using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

[StartsFirst]
public sealed class RedisOutageTests(SharedServers servers)
{
    [Fact]
    public async Task A_primary_that_is_down_at_the_start_is_waited_for()
    {
        await using var world = await World.CreateAsync(servers);
        await world.Primary.Process.KillAsync();
        // The client takes its timeout for a first attempt that fails.
        await using var invalidator = await RunningInvalidator.StartAsync(
            world, ("Redis:ConnectionString", world.Primary.EndpointAs(RedisUser.Invalidator) + ",connectTimeout=1000"));
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await invalidator.MissesAsync("redis-primary", "Redis:ConnectionString");
        await invalidator.LogsMissingAsync("redis-primary");

        await world.Primary.Process.StartAsync();
        await world.RegionServer.WaitForSyncAsync();

        await world.RenewedAsync("category:1");
        await invalidator.ReadyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_primary_that_restarts_begins_an_epoch_with_or_without_its_data(bool keepsData)
    {
        await using var world = await World.CreateAsync(servers, new Dictionary<string, string>(StringComparer.Ordinal) { ["save"] = "300 1" });
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        Assert.StartsWith("1-", await world.RenewedAsync("category:1"), StringComparison.Ordinal);

        await (keepsData ? world.Primary.Process.StopAsync() : world.Primary.Process.KillAsync());
        await world.ExecuteAsync("insert into products values (2, 'b', 2)");
        await invalidator.MissesAsync("redis-primary");
        await world.Primary.Process.StartAsync();

        // The second epoch, or the third: a Redis primary takes another identity once more when its first replica attaches to it.
        Assert.DoesNotMatch("^1-", await world.RenewedAsync("category:2"));
        Assert.Equal(keepsData ? "1" : null, (await world.GenerationAsync("category:1"))?.Split('-')[0]);
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task A_primary_that_is_emptied_begins_an_epoch()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await world.RenewedAsync("category:1");
        await using var primary = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint + ",allowAdmin=true");

        await primary.GetDatabase().ExecuteAsync("FLUSHALL");
        await world.ExecuteAsync("insert into products values (2, 'b', 2)");

        Assert.StartsWith("2-", await world.RenewedAsync("category:2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_in_the_place_of_the_primary_is_named_as_the_fault()
    {
        await using var world = await World.CreateAsync(servers);

        await using var invalidator = await RunningInvalidator.StartAsync(world, ("Redis:ConnectionString", world.RegionServer.Endpoint));

        await invalidator.MissesAsync("redis-primary", "Redis:ConnectionString leads to a replica");
    }
}
