using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// Faults in a region: each raises one alert and one recovery and leaves nothing stale, regardless of how many purges were late. Each fault
/// strikes a replicated and an independent region at the same time.
/// </summary>
[Collection<SystemTests>]
public sealed class RegionFaultsTests(RunningSystem system)
{
    private const int Changes = 20;

    [MeasuresTime]
    [Fact]
    public Task A_link_cut_for_3_s_raises_one_alert_and_one_recovery() => InBothTopologiesAsync(
        strike: region =>
        {
            region.Link.Cut();
            return Task.CompletedTask;
        },
        mend: async region =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            region.Link.Mend();
        },
        causes: [LinkState.Down, LinkState.Unreachable],
        // In an independent region the link connects the agent to the Redis, so the agent cannot repair the region while it is cut.
        isRepaired: region => region.Region.Kind == RegionKind.Replicated);

    [Fact]
    public Task A_paused_Redis_raises_one_alert_and_one_recovery() => InBothTopologiesAsync(
        strike: region => region.Redis.PauseAsync(),
        mend: async region =>
        {
            await region.VerdictIsAsync("Unreachable");
            await region.Redis.ResumeAsync();
        },
        // Late purges are detected after half a second, a Redis that does not answer after a second.
        causes: [LinkState.Up, LinkState.Unreachable],
        isRepaired: _ => false);

    [Fact]
    public Task A_killed_Redis_that_restarts_empty_raises_one_alert_and_one_recovery() => InBothTopologiesAsync(
        strike: region => region.Redis.KillAsync(),
        mend: region => region.Redis.StartAsync(),
        causes: [LinkState.Unreachable],
        isRepaired: _ => false);

    [Fact]
    public async Task A_full_resync_leaves_nothing_stale_and_raises_no_alert()
    {
        var region = system.Regions[0];
        await region.IsHealthyAsync();
        var (ids, keys) = system.TakeKeys(Changes);
        await region.FillAsync(keys);
        var before = system.Alerts.Of(region.Name).Count;

        await system.System.Servers.ResyncAsync(region.Region, TimeSpan.FromSeconds(3));
        await region.VerdictIsAsync("Resyncing");
        await system.ChangeAsync(ids);
        await region.IsHealthyAsync();

        await region.GoneAsync(keys);
        await system.Alerts.NoneSinceAsync(region.Name, before);
    }

    private Task InBothTopologiesAsync(
        Func<RunningRegion, Task> strike, Func<RunningRegion, Task> mend, LinkState[] causes, Func<RunningRegion, bool> isRepaired)
    {
        return Task.WhenAll(InAsync(system.Regions[0]), InAsync(system.Regions[2]));

        async Task InAsync(RunningRegion region)
        {
            await region.IsHealthyAsync();
            var (ids, keys) = system.TakeKeys(Changes);
            await region.FillAsync(keys);
            var before = system.Alerts.Of(region.Name).Count;

            await strike(region);
            await system.ChangeAsync(ids);
            if (isRepaired(region))
                await region.GoneInTimeAsync(keys);
            await system.Alerts.NewestIsAsync<ReplicaLagDetected>(region.Name);
            await mend(region);
            await region.GoneAsync(keys);

            var recovered = await system.Alerts.OneEpisodeAsync(region.Name, before);
            await region.IsHealthyAsync();
            Assert.Equal(LagSeverity.Warning, recovered.Worst);
            Assert.Contains(Assert.IsType<ReplicaLagDetected>(system.Alerts.Of(region.Name)[before]).Link, causes);
        }
    }
}
