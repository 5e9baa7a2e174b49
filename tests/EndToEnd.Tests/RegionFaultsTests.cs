using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// What goes wrong in a region: it is told once, its end is told once, and nothing stale is left, however many purges came late. Each
/// fault strikes a replicated and an independent region at the same time.
/// </summary>
[Collection<SystemTests>]
public sealed class RegionFaultsTests(RunningSystem system)
{
    private const int Changes = 20;

    [MeasuresTime]
    [Fact]
    public Task A_line_that_is_cut_for_3_s() => InBothTopologiesAsync(
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
        // An independent region's line is the one between its agent and its Redis.
        isRepaired: region => region.Region.Kind == RegionKind.Replicated);

    [Fact]
    public Task A_Redis_that_stands_still() => InBothTopologiesAsync(
        strike: region => region.Redis.PauseAsync(),
        mend: async region =>
        {
            await region.VerdictIsAsync("Unreachable");
            await region.Redis.ResumeAsync();
        },
        // That purges are late shows after half a second, that nothing answers after a whole one.
        causes: [LinkState.Up, LinkState.Unreachable],
        isRepaired: _ => false);

    [Fact]
    public Task A_Redis_that_is_killed_and_comes_back_empty() => InBothTopologiesAsync(
        strike: region => region.Redis.KillAsync(), mend: region => region.Redis.StartAsync(), causes: [LinkState.Unreachable], isRepaired: _ => false);

    [Fact]
    public async Task A_full_resync_is_cold_and_no_lag()
    {
        var region = system.Regions[0];
        await region.IsRightAsync();
        var (ids, keys) = system.TakeKeys(Changes);
        await region.FillAsync(keys);
        var before = system.Alerts.Of(region.Name).Count;

        await system.System.Servers.ResyncAsync(region.Region, TimeSpan.FromSeconds(3));
        await region.VerdictIsAsync("Resyncing");
        await system.ChangeAsync(ids);
        await region.IsRightAsync();

        await region.GoneAsync(keys);
        await system.Alerts.NoneSinceAsync(region.Name, before);
    }

    private Task InBothTopologiesAsync(
        Func<RunningRegion, Task> strike, Func<RunningRegion, Task> mend, LinkState[] causes, Func<RunningRegion, bool> isRepaired)
    {
        return Task.WhenAll(InAsync(system.Regions[0]), InAsync(system.Regions[2]));

        async Task InAsync(RunningRegion region)
        {
            await region.IsRightAsync();
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
            await region.IsRightAsync();
            Assert.Equal(LagSeverity.Warning, recovered.Worst);
            Assert.Contains(Assert.IsType<ReplicaLagDetected>(system.Alerts.Of(region.Name)[before]).Link, causes);
        }
    }
}
