using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>What takes long, in all regions of the system at the same time: a line that is gone for a minute, an agent that dies and returns, one that is replaced.</summary>
[Collection<SystemTests>]
public sealed class RegionOutagesTests(RunningSystem system)
{
    private const int Things = 50_000;
    private const int SingleChanges = 1_000;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    // Region:RepairAfter, and a second.
    private static readonly TimeSpan StaleAtMost = TimeSpan.FromMilliseconds(1_250);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_minute_of_trouble_everywhere() => Task.WhenAll(
        LineIsCutForLongAsync(system.Regions[1], system.Regions[3]),
        AgentDiesInAnEpisodeAsync(system.Regions[0]),
        AgentIsReplacedAsync(system.Regions[2]));

    // 50,000 purges, a thousand of them one by one: one alert, which becomes critical once, and one recovery.
    private async Task LineIsCutForLongAsync(RunningRegion replica, RunningRegion independent)
    {
        string[] keys = [.. Enumerable.Range(1, Things).Select(id => $"thing:{id}")];
        await system.ExecuteAsync("create table things (id int); select lastmile.track('things', 'Thing', array['thing:{id}'])");
        RunningRegion[] regions = [replica, independent];
        foreach (var region in regions)
            await region.FillAsync(keys);
        var before = regions.ToDictionary(region => region.Name, region => system.Alerts.Of(region.Name).Count, StringComparer.Ordinal);

        var cut = Stopwatch.GetTimestamp();
        foreach (var region in regions)
            region.Link.Cut();
        await system.ExecuteAsync($"insert into things select generate_series({SingleChanges + 1}, {Things})");
        for (var id = 1; id <= SingleChanges; id++)
            await system.ExecuteAsync($"insert into things values ({id})");

        // Repaired by the agent, while the line is still gone.
        var changed = Stopwatch.GetTimestamp();
        await replica.GoneAsync(keys);
        Assert.InRange(Stopwatch.GetElapsedTime(changed), TimeSpan.Zero, StaleAtMost);

        foreach (var region in regions)
            await Eventually.Async(() => system.Alerts.Of(region.Name) is [.., ReplicaLagDetected { Severity: LagSeverity.Critical }], Long);
        await Task.Delay(Long - Stopwatch.GetElapsedTime(cut), Token);
        foreach (var region in regions)
            region.Link.Mend();

        foreach (var region in regions)
        {
            await system.Alerts.NewestIsAsync<ReplicaLagRecovered>(region.Name);
            await region.GoneAsync(keys);
            await region.VerdictIsAsync("Converged");
            var recovered = AssertOneEpisode(system.Alerts.Of(region.Name).Skip(before[region.Name]));
            Assert.InRange(recovered.LatePurges, 100, Things);
            Assert.InRange(recovered.RepairedKeys, Things / 2, Things);
            Assert.InRange(recovered.DurationMilliseconds, 55_000, 70_000);
        }
    }

    // The one that comes back knows of the episode, and purges what it missed; the line is gone all the while.
    private async Task AgentDiesInAnEpisodeAsync(RunningRegion region)
    {
        var (early, late) = (Keys(20), Keys(20));
        await region.FillAsync([.. early.Keys, .. late.Keys]);
        var before = system.Alerts.Of(region.Name).Count;

        region.Link.Cut();
        await system.ChangeAsync(early.Ids);
        await system.Alerts.NewestIsAsync<ReplicaLagDetected>(region.Name);
        await region.GoneAsync(early.Keys);
        await region.Agent.KillAsync();
        await system.ChangeAsync(late.Ids);
        await region.Agent.StartAsync();
        await region.GoneAsync(late.Keys);
        region.Link.Mend();

        await system.Alerts.NewestIsAsync<ReplicaLagRecovered>(region.Name);
        await region.VerdictIsAsync("Converged");
        AssertOneEpisode(system.Alerts.Of(region.Name).Skip(before));
    }

    // The second one stands by, takes over, and is replaced by the first in turn. Nobody hears of it.
    private async Task AgentIsReplacedAsync(RunningRegion region)
    {
        var before = system.Alerts.Of(region.Name).Count;
        var second = await system.System.StartAgentAsync(region.Region, $"agent-{region.Name}-2", Token);
        await using (second.Process)
        {
            await region.Agent.KillAsync();
            await PurgesArriveAsync(region);
            await region.Agent.StartAsync();
            await PurgesArriveAsync(region);
        }

        await PurgesArriveAsync(region);
        await region.VerdictIsAsync("Converged");
        Assert.Equal(before, system.Alerts.Of(region.Name).Count);
    }

    private async Task PurgesArriveAsync(RunningRegion region)
    {
        var (ids, keys) = Keys(20);
        await region.FillAsync(keys);
        await system.ChangeAsync(ids);
        await region.GoneAsync(keys);
    }

    private (int[] Ids, string[] Keys) Keys(int count)
    {
        var ids = system.Take(count);
        return (ids, Array.ConvertAll(ids, id => $"product:{id}"));
    }

    // Detected, once more if it became critical, and recovered.
    private static ReplicaLagRecovered AssertOneEpisode(IEnumerable<object> alerts)
    {
        var all = alerts.ToList();
        var recovered = Assert.IsType<ReplicaLagRecovered>(all[^1]);
        var detected = all.SkipLast(1).Select(alert => Assert.IsType<ReplicaLagDetected>(alert)).ToList();
        Assert.All(detected, alert => Assert.Equal(recovered.Episode, alert.Episode));
        Assert.Equal(Enumerable.Range(0, (int)recovered.Worst + 1).Select(severity => (LagSeverity)severity), detected.Select(alert => alert.Severity));
        return recovered;
    }
}
