using System.Net;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

[TakesLong]
public sealed class RedisOutageTests(SharedServers servers)
{
    [Fact]
    public async Task A_primary_that_is_down_at_the_start_is_waited_for()
    {
        await using var world = await World.CreateAsync(servers);
        await world.Primary.Process.KillAsync();
        await using var invalidator = await RunningInvalidator.StartAsync(world);
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await Eventually.Async(
            async () => (await invalidator.GetAsync("/health/ready")).Body.ToString(),
            health => health.Contains("redis-primary does not answer", StringComparison.Ordinal) && health.Contains("Redis:ConnectionString", StringComparison.Ordinal));
        await invalidator.Log.HasAsync("Error: redis-primary is unhealthy");

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
        Assert.Equal("1-1", await world.RenewedAsync("category:1"));

        await (keepsData ? world.Primary.Process.StopAsync() : world.Primary.Process.KillAsync());
        await world.ExecuteAsync("insert into products values (2, 'b', 2)");
        await Eventually.Async(async () => (await invalidator.GetAsync("/health/ready")).Status == HttpStatusCode.ServiceUnavailable);
        await world.Primary.Process.StartAsync();

        Assert.Equal("2-1", await world.RenewedAsync("category:2"));
        Assert.Equal(keepsData ? "1-1" : null, await world.GenerationAsync("category:1"));
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

        Assert.Equal("2-1", await world.RenewedAsync("category:2"));
    }

    [Fact]
    public async Task A_replica_in_the_place_of_the_primary_is_named_as_the_fault()
    {
        await using var world = await World.CreateAsync(servers);

        await using var invalidator = await RunningInvalidator.StartAsync(world, ("Redis:ConnectionString", world.RegionServer.Endpoint));

        await invalidator.Log.HasAsync("Redis:ConnectionString leads to a replica");
    }
}
