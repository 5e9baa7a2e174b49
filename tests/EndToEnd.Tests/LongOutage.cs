using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// The lines of two regions are gone for a minute, while 50,000 purges are made: one alert, which becomes critical once, and one
/// recovery. It takes that minute while other tests run on other regions.
/// </summary>
internal static class LongOutage
{
    private const int Things = 50_000;
    private const int SingleChanges = 1_000;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Cuts the lines and makes the purges; returns when the agent of the replica has repaired its region.</summary>
    /// <returns>The rest of it, under way: the minute, the recovery, and what was told.</returns>
    public static async Task<Task> BeginAsync(RunningSystem system, RunningRegion replica, RunningRegion independent)
    {
        string[] keys = [.. Enumerable.Range(1, Things).Select(id => $"thing:{id}")];
        await system.ExecuteAsync("create table things (id int); select lastmile.track('things', 'Thing', array['thing:{id}'])");
        RunningRegion[] regions = [replica, independent];
        foreach (var region in regions)
        {
            await region.VerdictIsAsync("Converged");
            await region.FillAsync(keys);
        }

        var end = Task.Delay(Long);
        foreach (var region in regions)
            region.Link.Cut();
        await system.ExecuteAsync($"insert into things select generate_series({SingleChanges + 1}, {Things})");
        for (var id = 1; id <= SingleChanges; id++)
            await system.ExecuteAsync($"insert into things values ({id})");

        // Repaired by the agent, while the line is still gone.
        await replica.GoneInTimeAsync(keys);
        return EndAsync(system, replica, independent, keys, end);
    }

    private static async Task EndAsync(RunningSystem system, RunningRegion replica, RunningRegion independent, string[] keys, Task end)
    {
        RunningRegion[] regions = [replica, independent];
        foreach (var region in regions)
            await Eventually.Async(() => system.Alerts.Of(region.Name) is [.., ReplicaLagDetected { Severity: LagSeverity.Critical }], Long);
        Assert.Equal(["Disconnected", "Unreachable"], await Task.WhenAll(replica.VerdictAsync(), independent.VerdictAsync()));
        await end;
        foreach (var region in regions)
            region.Link.Mend();

        await Task.WhenAll(regions.Select(region => region.GoneInTimeAsync(keys, afterReconnect: region == independent)));
        foreach (var region in regions)
            await HasRecoveredAsync(system, region);
    }

    private static async Task HasRecoveredAsync(RunningSystem system, RunningRegion region)
    {
        var recovered = await system.Alerts.OneEpisodeAsync(region.Name, before: 0);
        await region.VerdictIsAsync("Converged");
        Assert.InRange(recovered.LatePurges, 100, Things);
        Assert.InRange(recovered.RepairedKeys, Things / 2, Things);
        Assert.InRange(recovered.DurationMilliseconds, 55_000, 70_000);
    }
}
