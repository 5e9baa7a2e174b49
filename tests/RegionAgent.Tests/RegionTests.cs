using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests how purges reach a region, what the agent reports when they do not, and the alerts of an outage.</summary>
[RunsFirst]
public sealed class RegionTests(SharedServers servers)
{
    private static readonly (string Setting, string Value) SoonDown = ("Region:DownAfter", "00:00:00.500");

    [Theory, Over(nameof(Topologies.All), Always = true)]
    public async Task A_region_converges_when_a_purge_arrives(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("product:7", "product:8");

        await world.PurgeAsync(Batches.Of(1, 1, "product:7") with { Tags = ["category:1"] });

        await world.AppliedWithoutAlertAsync();
        Assert.Equal(["product:8"], await world.HeldAsync("product:7", "product:8"));
        Assert.StartsWith("1-1", await world.Cache.StringGetAsync(world.Keys.Tag("category:1")), StringComparison.Ordinal);
        await world.ShowsNewestAsync();
        await world.VerdictIsAsync("Converged");
        var status = await world.JudgedAsync();
        Assert.Equal(world.Newest, RegionWorld.Place(status, "expected"));
        Assert.Equal("Up", status.GetProperty("link").GetString());
        Assert.Equal(0, status.GetProperty("behindBatches").GetInt64());
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task An_outage_with_many_late_purges_raises_one_alert_and_one_recovery(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("product:0");
        await world.JudgedAsync();

        var late = Stopwatch.StartNew();
        await world.BreakAsync();
        for (var n = 1; n <= 200; n++)
            await world.PurgeAsync($"product:{n}");
        await world.VerdictIsAsync(world.Broken.Verdict);
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);
        var longest = late.Elapsed.TotalMilliseconds;
        await world.MendAsync();
        await world.VerdictIsAsync("Converged");
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);

        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        var recovered = Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
        Assert.Equal((LagSeverity.Warning, "ams"), (detected.Severity, detected.Region));
        Assert.InRange(detected.LagMilliseconds, 500, longest);
        Assert.InRange(detected.BehindBatches, 1, 200);
        Assert.Equal((detected.Episode, LagSeverity.Warning), (recovered.Episode, recovered.Worst));
        Assert.InRange(recovered.LatePurges, 1, 200);
        Assert.True(recovered.WorstLagMilliseconds >= detected.LagMilliseconds);
        Assert.True(recovered.DurationMilliseconds >= recovered.WorstLagMilliseconds - 500);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task An_outage_raises_an_alert_even_without_purges(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, SoonDown);
        await world.PurgeAsync("product:0");
        await world.AppliedAsync();

        await world.BreakAsync();
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);

        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.Single());
        Assert.Equal((0L, world.Broken.Link), (detected.BehindBatches, detected.Link));
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_region_whose_Redis_crashes_is_unreachable_and_recovers_after_the_restart(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("product:0");
        await world.AppliedAsync();

        await world.CrashAsync();
        await world.PurgeAsync("product:1");
        await world.VerdictIsAsync("Unreachable");
        await Eventually.Async(world.Agent.ReadyAsync, ready => ready.Contains("Redis:ConnectionString", StringComparison.Ordinal));
        await world.RestartAsync();

        await world.VerdictIsAsync("Converged");
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
        await world.ShowsNewestAsync();
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task Alerts_wait_while_the_bus_is_down_and_arrive_in_order(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, SoonDown, ("Region:BusSilentAfter", "00:00:02"));
        await world.PurgeAsync("product:0");
        await world.AppliedAsync();

        world.BusLink.Cut();
        await world.BreakAsync();
        await world.VerdictIsAsync(world.Broken.Verdict);
        await world.MendAsync();
        await world.VerdictIsAsync("BusSilent");
        Assert.Empty(world.Bus.Alerts);
        world.BusLink.Mend();

        await Eventually.Async(() => world.Bus.Alerts.Count == 2, TimeSpan.FromSeconds(40));
        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        Assert.Equal(detected.Episode, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).Episode);
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("alertsWaiting").GetInt32() == 0);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task Purges_wait_for_a_server_that_is_down_when_the_agent_starts(Kind kind)
    {
        (string, string) soonDown = ("Region:DownAfter", "00:00:00.100");
        await using var world = await RegionWorld.OpenAsync(servers, kind, soonDown);
        await world.StopAgentAsync(world.Agent);
        await world.CrashAsync();
        await world.StartAgentAsync(soonDown);

        for (var n = 1; n <= 300; n++)
            await world.PurgeAsync($"product:{n}");
        await world.VerdictIsAsync("Unreachable");
        await world.RestartAsync();

        await world.VerdictIsAsync("Converged");
        await world.AppliedAsync();
        await world.ShowsNewestAsync();
        // The severity depends on the machine's speed, because purges age during the start grace period.
        await Eventually.Async(() => world.Bus.Alerts.LastOrDefault() is ReplicaLagRecovered);
        Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        Assert.Single(world.Bus.Alerts.OfType<ReplicaLagRecovered>());
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_malformed_purge_moves_to_the_error_queue_and_the_next_is_applied(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("product:7", "product:8");

        // One malformed batch rejects the whole message.
        await world.Bus.AnnounceAsync(Batches.Of(1, 1, "product:8"), Batches.Of(0, -1));
        await world.Bus.AnnounceAsync(Batches.Of(1, 1, [null!]));
        await world.Bus.PublishAsync(new PurgesApplied([]) { Unlogged = new UnloggedNames(["product:8", null!], []) });
        world.Bus.Log.Clear();
        await world.PurgeAsync("product:7");

        await world.AppliedWithoutAlertAsync();
        await Eventually.Async(() => world.Bus.CountAsync("lastmile.region.ams_error"), count => count == 3);
        Assert.Equal(["product:8"], await world.HeldAsync("product:7", "product:8"));
    }
}
