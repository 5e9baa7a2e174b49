using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

[RunsFirst]
public sealed class ReplicatedRegionTests(SharedServers servers)
{
    private static readonly (string Setting, string Value) SoonDown = ("Region:DownAfter", "00:00:00.500");
    private static readonly (string Setting, string Value) Observant = ("Region:ObservePeriod", "00:00:00.1");

    [Fact]
    public async Task A_region_converges_when_a_purge_arrives()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);

        await world.PurgeAsync("product:7");

        var status = await world.ArrivedAsync();
        Assert.Equal(1, status.GetProperty("expected").GetProperty("sequence").GetInt64());
        Assert.Equal("Up", status.GetProperty("link").GetString());
        Assert.Equal(0, status.GetProperty("behindBatches").GetInt64());
        await Eventually.Async(() => world.Bus.Reports.Any(
            report => report is { Region: "ams", Verdict: "Converged", Shown: { Epoch: 1, Sequence: 1 } }));
        await world.AppliedWithoutAlertAsync();
    }

    [Fact]
    public async Task A_cut_link_with_many_late_purges_raises_one_alert_and_one_recovery()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.PurgeAsync("product:0");
        await world.ArrivedAsync();

        var late = Stopwatch.StartNew();
        world.Link.Cut();
        for (var n = 1; n <= 200; n++)
            await world.PurgeAsync($"product:{n}");
        await world.VerdictIsAsync("Disconnected");
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);
        var longest = late.Elapsed.TotalMilliseconds;
        world.Link.Mend();
        await world.VerdictIsAsync("Converged");
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);

        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        var recovered = Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
        Assert.Equal((LagSeverity.Warning, LinkState.Down, "ams"), (detected.Severity, detected.Link, detected.Region));
        Assert.InRange(detected.LagMilliseconds, 500, longest);
        Assert.InRange(detected.BehindBatches, 1, 200);
        Assert.Equal((detected.Episode, LagSeverity.Warning), (recovered.Episode, recovered.Worst));
        Assert.InRange(recovered.LatePurges, 1, 200);
        Assert.True(recovered.WorstLagMilliseconds >= detected.LagMilliseconds);
        Assert.True(recovered.DurationMilliseconds >= recovered.WorstLagMilliseconds - 500);
    }

    [Fact]
    public async Task A_link_that_is_down_raises_an_alert_even_without_purges()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers, SoonDown);
        await world.PurgeAsync("product:0");
        await world.ArrivedAsync();

        world.Link.Cut();
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);

        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.Single());
        Assert.Equal((0L, LinkState.Down), (detected.BehindBatches, detected.Link));
    }

    [Fact]
    public async Task A_region_whose_Redis_crashes_is_unreachable_and_recovers_after_the_restart()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.PurgeAsync("product:0");
        await world.ArrivedAsync();

        await world.Region.Process.KillAsync();
        await world.PurgeAsync("product:1");
        await world.VerdictIsAsync("Unreachable");
        await Eventually.Async(world.Agent.ReadyAsync, ready => ready.Contains("Redis:ConnectionString", StringComparison.Ordinal));
        await world.Region.Process.StartAsync();

        await world.VerdictIsAsync("Converged");
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
    }

    [Fact]
    public async Task Alerts_wait_while_the_bus_is_down_and_arrive_in_order()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers, SoonDown, ("Region:BusSilentAfter", "00:00:02"));
        await world.PurgeAsync("product:0");
        await world.ArrivedAsync();

        world.BusLink.Cut();
        world.Link.Cut();
        await world.VerdictIsAsync("Disconnected");
        world.Link.Mend();
        await world.VerdictIsAsync("BusSilent");
        Assert.Empty(world.Bus.Alerts);
        world.BusLink.Mend();

        await Eventually.Async(() => world.Bus.Alerts.Count == 2, TimeSpan.FromSeconds(40));
        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        Assert.Equal(detected.Episode, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).Episode);
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("alertsWaiting").GetInt32() == 0);
    }

    [Fact]
    public async Task A_read_only_region_is_degraded_until_it_is_writable()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers, Observant);

        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "yes");
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'replica-read-only no'", StringComparison.Ordinal));
        Assert.Contains("Degraded", await world.Agent.ReadyAsync(), StringComparison.Ordinal);
        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "no");

        await Eventually.Async(world.Agent.ReadyAsync, ready => !ready.Contains("Degraded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_region_that_does_not_replicate_causes_a_warning_and_is_disconnected()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers, SoonDown, Observant);

        await world.InRegion.ExecuteAsync("REPLICAOF", "NO", "ONE");

        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'replicaof <primary host> <port>'", StringComparison.Ordinal));
        await world.VerdictIsAsync("Disconnected");
    }
}
