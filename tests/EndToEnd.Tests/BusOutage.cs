using System.Diagnostics;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Assertions about the regions during and after an outage of the bus.</summary>
internal static class BusOutage
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Interrupts the bus for at least the given time and until every region's agent has noticed, then waits until all regions recover.
    /// </summary>
    /// <returns>The time from the end of the outage to the recovery of all regions.</returns>
    public static async Task<TimeSpan> MissNoPurgeAsync(RunningSystem system, TimeSpan atLeast, Func<Task> interrupt, Func<Task> restore)
    {
        foreach (var region in system.Regions)
            await region.IsHealthyAsync();
        var ids = system.Take(40);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var before = system.Regions.Select(region => system.Alerts.Of(region.Name).Count).ToList();

        var end = Task.Delay(atLeast, TestContext.Current.CancellationToken);
        await interrupt();
        await PurgesGoOnAsync(system, ids, keys, end);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("BusSilent");
        await restore();
        var restored = Stopwatch.GetTimestamp();

        await system.GoneAsync(keys);
        foreach (var region in system.Regions)
            await region.IsHealthyAsync();
        var taken = Stopwatch.GetElapsedTime(restored);
        foreach (var (region, count) in system.Regions.Zip(before))
            await system.Alerts.NoneSinceAsync(region.Name, count);
        return taken;
    }

    // Only replicated regions receive purges without the bus.
    private static async Task PurgesGoOnAsync(RunningSystem system, int[] ids, string[] keys, Task until)
    {
        var replicated = system.Regions.Take(2).ToList();
        do
        {
            foreach (var region in replicated)
                await region.FillAsync(keys);
            await system.ChangeAsync(ids);
            foreach (var region in replicated)
                await region.GoneAsync(keys);
            await Task.WhenAny(until, Task.Delay(Pace, TestContext.Current.CancellationToken));
        }
        while (!until.IsCompleted);
    }
}
