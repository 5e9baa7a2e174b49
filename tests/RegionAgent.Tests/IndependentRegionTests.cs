using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

[RunsFirst]
public sealed class IndependentRegionTests(SharedServers servers)
{
    // The host allows five seconds for the shutdown.
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task The_agent_applies_a_purge()
    {
        var redis = await servers.StartRedisAsync();
        var uri = await servers.CreateVirtualHostAsync();
        await using var region = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await region.GetDatabase().StringSetAsync([new("product:7", "old"), new("product:8", "old")]);
        await using var bus = await RegionBus.ConnectAsync(uri);
        await using var agent = await StartAgentAsync(redis.Endpoint, uri);

        await bus.BeatAsync(new Watermark(1, 40));
        await bus.AnnounceAsync(new PurgeApplied(Guid.NewGuid(), 1, 41, ["product:7"], ["category:1"], default));

        await Eventually.Async(
            async () => (string?)await region.GetDatabase().StringGetAsync(new RedisKeys().Watermark), shown => shown == "1-41");
        Assert.Equal(RedisValue.Null, await region.GetDatabase().StringGetAsync("product:7"));
        Assert.Equal("old", await region.GetDatabase().StringGetAsync("product:8"));
        var generation = (string?)await region.GetDatabase().StringGetAsync(new RedisKeys().Tag("category:1"));
        Assert.StartsWith("1-41-", generation, StringComparison.Ordinal);
        await Eventually.Async(agent.VerdictAsync, verdict => verdict == "Converged");
    }

    [Fact]
    public async Task Purges_wait_for_a_server_that_is_down_when_the_agent_starts()
    {
        var redis = await servers.StartRedisAsync();
        await redis.Process.StopAsync();
        var uri = await servers.CreateVirtualHostAsync();
        await using var bus = await RegionBus.ConnectAsync(uri);
        await using var agent = await StartAgentAsync(redis.Endpoint + RegionWorld.GivesUpSoon, uri, ("Region:DownAfter", "00:00:00.100"));

        for (var sequence = 1; sequence <= 300; sequence++)
            await bus.AnnounceAsync(new Watermark(1, sequence), $"product:{sequence}");
        await Eventually.Async(agent.VerdictAsync, verdict => verdict == "Unreachable");
        await redis.Process.StartAsync();

        await Eventually.Async(
            async () =>
            {
                await bus.BeatAsync(new Watermark(1, 300));
                return await agent.VerdictAsync();
            },
            verdict => verdict == "Converged");
        var status = await agent.StatusAsync();
        Assert.Equal(300, status.GetProperty("observed").GetProperty("sequence").GetInt64());
        // The severity depends on the machine's speed, because purges age during the start grace period.
        await Eventually.Async(() => bus.Alerts.LastOrDefault() is ReplicaLagRecovered);
        Assert.IsType<ReplicaLagDetected>(bus.Alerts.First());
        Assert.Single(bus.Alerts.OfType<ReplicaLagRecovered>());
    }

    [Fact]
    public async Task An_emptied_Redis_receives_its_watermark_again()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Independent, ("Region:ObservePeriod", "00:00:00.1"));
        await world.PurgeAsync("a");
        await Eventually.Async(world.Agent.StatusAsync, status => RegionWorld.Place(status, "observed") == world.Newest);

        await world.InRegion.ExecuteAsync("FLUSHALL");

        await Eventually.Async(async () => (string?)await world.Cache.StringGetAsync(world.Keys.Watermark), shown => shown == "1-1");
        await world.PurgeAsync("b");
        await world.AppliedWithoutAlertAsync();
    }

    [Fact]
    public async Task A_malformed_purge_moves_to_the_error_queue_and_the_next_is_applied()
    {
        var redis = await servers.StartRedisAsync();
        var uri = await servers.CreateVirtualHostAsync();
        await using var region = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await using var bus = await RegionBus.ConnectAsync(uri);
        await using var agent = await StartAgentAsync(redis.Endpoint, uri);

        await region.GetDatabase().StringSetAsync("product:8", "cached");

        // One malformed batch rejects the whole message.
        await bus.AnnounceAsync(
            new PurgeApplied(Guid.NewGuid(), 1, 1, ["product:8"], [], default), new PurgeApplied(Guid.NewGuid(), 0, -1, [], [], default));
        await bus.AnnounceAsync(new PurgeApplied(Guid.NewGuid(), 1, 1, [null!], [], default));
        await bus.AnnounceAsync(new Watermark(1, 2), "product:7");

        await Eventually.Async(
            async () => (string?)await region.GetDatabase().StringGetAsync(new RedisKeys().Watermark), shown => shown == "1-2");
        await Eventually.Async(() => bus.CountAsync("lastmile.region.syd_error"), count => count == 2);
        Assert.True(await region.GetDatabase().KeyExistsAsync("product:8"));
    }

    [Fact, MeasuresTime]
    public async Task An_agent_on_a_silent_bus_becomes_active_by_its_own_probe_and_stops_in_time_even_just_after_its_start()
    {
        var redis = await servers.StartRedisAsync();
        await using var agent = await StartAgentAsync(redis.Endpoint, await servers.CreateVirtualHostAsync());
        await Eventually.Async(agent.StatusAsync, status => status.GetProperty("active").GetBoolean());

        // The agent is requesting the open episode. MassTransit does not stop while it declares the response queue.
        var stopped = Stopwatch.GetTimestamp();
        await agent.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(stopped), TimeSpan.Zero, StopsWithin);
    }

    private static async Task<RunningAgent> StartAgentAsync(string redis, Uri uri, params (string Setting, string Value)[] settings)
    {
        var agent = await RunningAgent.StartAsync(
        [
            ("Region:Name", "syd"),
            ("Region:Topology", "Independent"),
            ("Redis:ConnectionString", redis),
            ("RabbitMq:Uri", uri.ToString()),
            .. settings,
        ]);
        await Eventually.Async(
            agent.ReadyAsync, ready => ready.Contains("{\"name\":\"rabbitmq\",\"status\":\"Healthy\"", StringComparison.Ordinal));
        return agent;
    }
}
