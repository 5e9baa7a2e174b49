using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests the failure of a primary whose last purges were not replicated to the server that takes over.</summary>
[RunsFirst]
public sealed class FailoverTests(SharedServers servers)
{
    [Fact]
    public async Task Purges_lost_with_the_primary_are_repeated_on_its_successor()
    {
        await using var world = await World.CreateAsync(servers);
        await using var link = new WanLink(world.Primary.Port);
        var standby = await servers.StartRedisAsync(RedisRole.Primary, link.Port);
        await world.RegionServer.FollowAsync(standby);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, ("Redis:ConnectionString", $"{world.Primary.EndpointAs(RedisUser.Invalidator)},{standby.Endpoint}"));
        await world.ExecuteAsync("insert into products values (1, 'one', 1)");
        var lastGeneration = await world.RenewedAsync("category:1");

        link.Cut();
        string[] lost = ["product:2", "slug:two", "requested:2"];
        await world.CacheAsync([.. lost, "kept"]);
        await world.ExecuteAsync("insert into products values (2, 'two', 1)");
        await invalidator.PurgeAsync("""{"keys":["requested:2"]}""");
        await world.OutboxEmptyAsync();
        Assert.True(await world.IsCachedAsync("product:2"));
        await world.Primary.Process.KillAsync();
        await standby.PromoteAsync();

        await world.GoneAsync(lost);
        Assert.StartsWith("2-", await world.RenewedAsync("category:1", than: lastGeneration), StringComparison.Ordinal);
        Assert.True(await world.IsCachedAsync("kept"));
        await invalidator.Log.HasAsync("purges of its predecessor; they were replayed from the log");
        await world.CacheAsync("product:3");
        await world.ExecuteAsync("insert into products values (3, 'three', 1)");
        await world.GoneAsync("product:3");
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task Each_new_primary_is_tested_for_the_carrier()
    {
        await using var world = await World.CreateAsync(servers);
        var standby = await servers.StartRedisAsync(RedisRole.Primary, world.Primary.Port);
        await world.RegionServer.FollowAsync(standby);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, ("Redis:ConnectionString", $"{world.Primary.EndpointAs(RedisUser.Invalidator)},{standby.Endpoint}"));
        await invalidator.Log.HasAsync("propagates a carrier's delete unchanged");
        var before = invalidator.Log.Lines.Count;

        await world.Primary.Process.KillAsync();
        await standby.PromoteAsync();

        await invalidator.Log.HasAsync("propagates a carrier's delete unchanged", before);
    }

    [Fact]
    public async Task The_Invalidator_finds_the_primary_that_Sentinel_promotes()
    {
        Assert.SkipWhen(
            await ServerChoice.DecideAsync(TestContext.Current.CancellationToken) == ServerSource.Docker,
            "Sentinel must reach the servers at the same addresses as this process.");
        await using var world = await World.CreateAsync(servers);
        var standby = await servers.StartRedisAsync(RedisRole.Primary, world.Primary.Port);
        await world.RegionServer.FollowAsync(standby);
        await using var sentinel = await Sentinel.StartAsync(world.Primary, replicas: 1);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world,
            ("Redis:ConnectionString",
                $"127.0.0.1:{sentinel.Port},serviceName=lastmile,connectTimeout=1000,{world.Primary.Users.Login(RedisUser.Invalidator)}"));
        await world.ExecuteAsync("insert into products values (1, 'one', 1)");
        await world.RenewedAsync("category:1");

        await world.Primary.Process.KillAsync();
        await world.CacheAsync("product:2");
        await world.ExecuteAsync("insert into products values (2, 'two', 1)");

        await world.GoneAsync("product:2");
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task A_purge_whose_epoch_ends_before_it_is_logged_is_repeated()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using (var opener = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await opener.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var command = opener.CreateCommand();
            command.CommandText =
                "select pg_advisory_xact_lock(hashtextextended('lastmile.epoch', 0)); "
                + "insert into lastmile.epoch (epoch, primary_id) values (2, 'another')";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await world.CacheAsync("product:1");
            await world.ExecuteAsync("insert into products values (1, 'one', 1)");
            await world.GoneAsync("product:1");
            await world.CacheAsync("product:1");
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        await world.GoneAsync("product:1");
        await world.OutboxEmptyAsync();
        Assert.Equal(3, await world.ScalarAsync<long>("select min(epoch) from lastmile.purge_log"));
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task A_restored_database_with_an_empty_primary_begins_an_unused_epoch()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync(
            "drop function lastmile.epoch_floor(); alter function lastmile.epoch_floor_by_the_clock() rename to epoch_floor");
        await using (var before = await RunningInvalidator.StartReadyAsync(world))
            await before.PurgeAsync("""{"keys":["a"]}""");
        var last = await world.ScalarAsync<long>("select max(epoch) from lastmile.epoch");
        await using var primary = await ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint + ",allowAdmin=true");

        await world.ExecuteAsync("truncate lastmile.epoch, lastmile.purge_log");
        await primary.GetDatabase().ExecuteAsync("FLUSHALL");
        // The floor counts seconds, and a real restore takes longer than one.
        await Eventually.Async(() => world.ScalarAsync<bool>($"select lastmile.epoch_floor() >= {last}"));
        await using var restored = await RunningInvalidator.StartReadyAsync(world);

        Assert.InRange(await world.ScalarAsync<long>("select min(epoch) from lastmile.epoch"), last + 1, long.MaxValue);
    }
}
