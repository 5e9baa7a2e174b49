using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class IndependentRegionTests(SharedServers servers)
{
    // The host allows five seconds for the shutdown.
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(7);

    // Long enough for the backoff to reach its longest delay.
    private static readonly TimeSpan LongCut = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AppliedWithin = TimeSpan.FromSeconds(1);

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task An_emptied_Redis_receives_its_watermark_again(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, ("Region:ObservePeriod", "00:00:00.1"));
        await world.PurgeAsync("a");
        await Eventually.Async(world.Agent.StatusAsync, status => RegionWorld.Place(status, "observed") == world.Newest);

        await world.SendAsync("FLUSHALL");

        await world.ShowsNewestAsync();
        await world.PurgeAsync("b");
        await world.AppliedWithoutAlertAsync();
    }

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task Names_whose_purge_the_log_has_refused_are_dropped_without_a_watermark(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        var (known, unknown) = (world.Keys.Tag("known"), world.Keys.Tag("unknown"));
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["known"] });
        await world.ShowsNewestAsync();
        await world.FillAsync("a", "b");
        var before = await world.Cache.StringGetAsync(known);

        await world.Bus.PublishAsync(new PurgesApplied([]) { Unlogged = new UnloggedNames(["a"], ["known", "unknown"]) });
        await Eventually.Async(() => world.HeldAsync("a", "b"), held => held is ["b"]);
        var after = await Eventually.Async(() => world.Cache.StringGetAsync(known), generation => generation != before);
        Assert.StartsWith("1-1-", after, StringComparison.Ordinal);
        await Eventually.Async(() => world.Cache.StringGetAsync(unknown), generation => generation.StartsWith("0-0-"));
        Assert.Equal(world.Newest, await world.ShownAsync());

        await world.PurgeAsync(Batches.Of(1, 2, "a") with { Tags = ["known", "unknown"] });
        await world.ShowsNewestAsync();
        Assert.StartsWith("1-2", await world.Cache.StringGetAsync(known), StringComparison.Ordinal);
        Assert.StartsWith("1-2", await world.Cache.StringGetAsync(unknown), StringComparison.Ordinal);
    }

    // A link that flaps is up for a moment only.
    [Fact, MeasuresTime]
    public async Task Purges_are_applied_at_once_when_the_link_to_the_region_is_back_even_after_a_long_cut()
    {
        await using var link = new WanLink(targetPort: 1);
        await using var world = await RegionWorld.OpenAsync(
            servers,
            Kind.Independent,
            opened => link.Redirect(opened.Region.Port),
            ("Redis:ConnectionString", $"127.0.0.1:{link.Port}"));
        for (var round = 0; round < 3; round++)
        {
            await world.FillAsync("a");
            link.Cut();
            await world.PurgeAsync("a");
            await Task.Delay(LongCut, TestContext.Current.CancellationToken);

            link.Mend();

            var mended = Stopwatch.GetTimestamp();
            await Eventually.Async(() => world.HeldAsync("a"), held => held is []);
            Assert.InRange(Stopwatch.GetElapsedTime(mended), TimeSpan.Zero, AppliedWithin);
        }
    }

    [Fact, MeasuresTime]
    public async Task An_agent_on_a_silent_bus_becomes_active_by_its_own_probe_and_stops_in_time_even_just_after_its_start()
    {
        var redis = await servers.StartRedisAsync();
        await using var agent = await RunningAgent.StartAsync(
            ("Region:Name", "syd"),
            ("Region:Topology", "Independent"),
            ("Redis:ConnectionString", redis.Endpoint),
            ("RabbitMq:Uri", $"{await servers.CreateVirtualHostAsync()}"));
        await Eventually.Async(
            agent.ReadyAsync, ready => ready.Contains("{\"name\":\"rabbitmq\",\"status\":\"Healthy\"", StringComparison.Ordinal));
        await Eventually.Async(agent.StatusAsync, status => status.GetProperty("active").GetBoolean());

        // The agent is requesting the open episode. MassTransit does not stop while it declares the response queue.
        var stopped = Stopwatch.GetTimestamp();
        await agent.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(stopped), TimeSpan.Zero, StopsWithin);
    }
}
