using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class RedisOutageTests(SharedServers servers)
{
    [Fact]
    public async Task The_service_waits_for_a_primary_that_is_down_at_the_start()
    {
        await using var world = await World.CreateAsync(servers);
        await world.Primary.Process.KillAsync();
        // Shortens the client's timeout, because a failed first attempt takes all of it.
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

    [Fact]
    public async Task A_primary_outage_is_logged_once_without_client_internals_and_once_when_it_ends()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await invalidator.Log.HasAsync("The stream is open");
        var logged = invalidator.Log.Lines.Count;

        await world.Primary.Process.KillAsync();
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        var begin = await invalidator.LogsMissingAsync("redis-primary");
        // Waits for a few more attempts. The relay retries each second.
        await Eventually.Async(() => Lines("Debug: A claim failed and will be retried") >= 3);
        await world.Primary.Process.StartAsync();
        await invalidator.Log.HasAsync("Information: redis-primary is healthy again");

        Assert.Contains("Redis:ConnectionString", begin, StringComparison.Ordinal);
        var problems = invalidator.Log.Lines.Skip(logged).Where(line =>
            line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Equal([begin], problems);
        Assert.DoesNotMatch("mc: |clientName|IOCP|SE.Redis", begin);

        int Lines(string text) => invalidator.Log.Lines.Skip(logged).Count(line => line.StartsWith(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restarted_primary_begins_a_new_epoch_with_or_without_its_data(bool keepsData)
    {
        var saving = new Dictionary<string, string>(StringComparer.Ordinal) { ["save"] = "300 1" };
        await using var world = await World.CreateAsync(servers, saving);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        Assert.StartsWith("1-", await world.RenewedAsync("category:1"), StringComparison.Ordinal);

        await (keepsData ? world.Primary.Process.StopAsync() : world.Primary.Process.KillAsync());
        await world.ExecuteAsync("insert into products values (2, 'b', 2)");
        await invalidator.MissesAsync("redis-primary");
        await world.Primary.Process.StartAsync();

        // This is the second or third epoch, because a Redis primary changes its identity again when its first replica attaches.
        Assert.DoesNotMatch("^1-", await world.RenewedAsync("category:2"));
        Assert.Equal(keepsData ? "1" : null, (await world.GenerationAsync("category:1"))?.Split('-')[0]);
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task An_emptied_primary_begins_a_new_epoch()
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
    public async Task A_replica_configured_as_the_primary_is_reported()
    {
        await using var world = await World.CreateAsync(servers);

        await using var invalidator = await RunningInvalidator.StartAsync(world, ("Redis:ConnectionString", world.RegionServer.Endpoint));

        await invalidator.MissesAsync("redis-primary", "Redis:ConnectionString points to a replica");
    }
}
