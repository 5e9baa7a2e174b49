using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.Testing;
using Microsoft.Extensions.Options;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests what differs in a region whose Redis is a replica that refuses writes.</summary>
public sealed class ReadOnlyRegionTests(SharedServers servers)
{
    [Fact]
    public async Task The_agent_applies_no_late_purge_and_reports_that_it_can_not()
    {
        await using var world = await ReadOnlyWorld.OpenAsync(servers);
        await world.FillAsync("a");
        await Eventually.Async(() => world.HeldAsync("a"), held => held.Length == 1);
        await world.BreakAsync();

        await world.PurgeAsync("a");
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);

        Assert.Equal(["a"], await world.HeldAsync("a"));
        Assert.False(await world.Cache.KeyExistsAsync("a"));
        Assert.Contains(world.Agent.Log.Lines, line => line.Contains("can't repair a read-only replica", StringComparison.Ordinal));
        await world.MendAsync();
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.Empty(await world.HeldAsync("a"));
        Assert.Equal(0, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).RepairedKeys);
    }

    [Fact]
    public async Task Readers_stop_using_the_region_while_its_agent_can_not_write_to_the_primary()
    {
        await using var world = await ReadOnlyWorld.OpenAsync(servers, ("Region:CriticalAfter", "3s"));
        await Eventually.Async(world.IsSoundAsync);

        world.AgentLink.Cut();
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("Region:PrimaryConnectionString", StringComparison.Ordinal));
        await Eventually.Async(async () => !await world.IsSoundAsync());
        world.AgentLink.Mend();

        await Eventually.Async(world.IsSoundAsync);
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("{\"name\":\"primary\",\"status\":\"Healthy\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readers_do_not_use_a_server_that_has_restarted_since_the_verdict()
    {
        await using var world = await ReadOnlyWorld.OpenAsync(servers);
        var keys = new RedisKeys("other:");
        var run = (await ServerRun.ReadAsync(world.InRegion)).Id;
        await using var region = Connect(world.Region);
        await using var primary = new RegionPrimary(Connect(world.Primary), new Dependency("primary", "Region:PrimaryConnectionString"));
        var writer = new ReadOnlyWriter(region, primary, Options.Create(new RegionOptions { Name = "ams" }), TimeProvider.System);

        await writer.SetSoundAsync(TimeSpan.FromMinutes(1), "a former run");
        Assert.False(await world.Cache.KeyExistsAsync(keys.SoundIn(run)));
        await writer.SetSoundAsync(TimeSpan.FromMinutes(1), run);
        Assert.True(await world.Cache.KeyExistsAsync(keys.SoundIn(run)));

        RedisConnection Connect(RedisServer server) =>
            new(Options.Create(new RedisOptions { ConnectionString = server.Endpoint, KeyPrefix = keys.Prefix }));
    }

    [Fact]
    public async Task A_purge_by_prefix_waits_until_the_region_has_all_keys_of_the_primary()
    {
        await using var world = await ReadOnlyWorld.OpenAsync(servers);
        await world.FillAsync("product:1", "order:1");
        await Eventually.Async(() => world.HeldAsync("product:1", "order:1"), held => held.Length == 2);
        await world.BreakAsync();
        await world.FillAsync("product:2");

        await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));
        await Eventually.Async(() => world.Agent.Log.Lines.Any(
            line => line.Contains("has not received what the agent wrote to its primary", StringComparison.Ordinal)));
        await world.MendAsync();

        await world.AppliedAsync();
        Assert.Equal(["order:1"], await world.HeldAsync("product:1", "product:2", "order:1"));
        Assert.False(await world.Cache.KeyExistsAsync("product:2"));
    }

    [Fact]
    public async Task A_replica_that_accepts_writes_is_degraded()
    {
        await using var world = await ReadOnlyWorld.OpenAsync(servers, ("Region:ObservePeriod", "00:00:00.1"));

        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "no");
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'replica-read-only yes'", StringComparison.Ordinal));
        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "yes");

        await Eventually.Async(world.Agent.ReadyAsync, ready => !ready.Contains("Degraded", StringComparison.Ordinal));
    }
}
