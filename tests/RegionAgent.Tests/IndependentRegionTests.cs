using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

[StartsFirst]
public sealed class IndependentRegionTests(SharedServers servers)
{
    // The host gives it five seconds.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task A_purge_is_applied_by_the_agent()
    {
        var redis = await servers.StartRedisAsync();
        var uri = await servers.CreateVirtualHostAsync();
        await using var region = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await region.GetDatabase().StringSetAsync([new("product:7", "old"), new("product:8", "old")]);
        await using var bus = await RegionBus.ConnectAsync(uri);
        await using var agent = await StartAgentAsync(redis.Endpoint, uri);

        await bus.BeatAsync(new Watermark(1, 40));
        await bus.AnnounceAsync(new PurgeApplied(Guid.NewGuid(), 1, 41, ["product:7"], ["category:1"], default));

        await Eventually.Async(async () => (string?)await region.GetDatabase().StringGetAsync(new RedisKeys().Watermark), shown => shown == "1-41");
        Assert.Equal(RedisValue.Null, await region.GetDatabase().StringGetAsync("product:7"));
        Assert.Equal("old", await region.GetDatabase().StringGetAsync("product:8"));
        Assert.StartsWith("1-41-", await region.GetDatabase().StringGetAsync(new RedisKeys().Tag("category:1")), StringComparison.Ordinal);
        await Eventually.Async(agent.VerdictAsync, verdict => verdict == "Converged");
    }

    [Fact]
    public async Task Purges_wait_for_a_server_that_is_down_from_the_start()
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
        // How severe it became is the machine's affair: an agent gives its Redis time at the start, in which purges grow old.
        await Eventually.Async(() => bus.Alerts.LastOrDefault() is ReplicaLagRecovered);
        Assert.IsType<ReplicaLagDetected>(bus.Alerts.First());
        Assert.Single(bus.Alerts.OfType<ReplicaLagRecovered>());
    }

    [Fact]
    public async Task A_Redis_that_was_emptied_shows_its_watermark_again()
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
    public async Task A_malformed_purge_goes_to_the_error_queue_and_the_next_is_applied()
    {
        var redis = await servers.StartRedisAsync();
        var uri = await servers.CreateVirtualHostAsync();
        await using var region = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await using var bus = await RegionBus.ConnectAsync(uri);
        await using var agent = await StartAgentAsync(redis.Endpoint, uri);

        await bus.AnnounceAsync(new PurgeApplied(Guid.NewGuid(), 0, -1, ["product:7"], [], default));
        await bus.AnnounceAsync(new PurgeApplied(Guid.NewGuid(), 1, 1, [null!], [], default));
        await bus.AnnounceAsync(new Watermark(1, 2), "product:7");

        await Eventually.Async(async () => (string?)await region.GetDatabase().StringGetAsync(new RedisKeys().Watermark), shown => shown == "1-2");
        await Eventually.Async(() => bus.CountAsync("lastmile.region.syd_error"), count => count == 2);
    }

    [Fact, MeasuresTime]
    public async Task An_agent_that_nobody_tells_anything_hears_itself_and_works_and_ends_in_time_though_it_has_just_begun()
    {
        var redis = await servers.StartRedisAsync();
        await using var agent = await StartAgentAsync(redis.Endpoint, await servers.CreateVirtualHostAsync());
        await Eventually.Async(agent.StatusAsync, status => status.GetProperty("working").GetBoolean());

        // It begins to ask which episode is open: while the bus makes the queue for the answer, it does not stop.
        var told = Stopwatch.GetTimestamp();
        await agent.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(told), TimeSpan.Zero, EndsWithin);
    }

    private static async Task<RunningAgent> StartAgentAsync(string redis, Uri uri, params (string Setting, string Value)[] settings)
    {
        var agent = await RunningAgent.StartAsync(
        [
            ("Region:Name", "syd"), ("Region:Topology", "Independent"), ("Redis:ConnectionString", redis), ("RabbitMq:Uri", uri.ToString()), .. settings,
        ]);
        await Eventually.Async(agent.ReadyAsync, ready => ready.Contains("{\"name\":\"rabbitmq\",\"status\":\"Healthy\"", StringComparison.Ordinal));
        return agent;
    }
}
