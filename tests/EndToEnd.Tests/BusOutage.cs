using System.Diagnostics;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>What must hold during and after each outage of the bus.</summary>
internal static class BusOutage
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Takes the bus away until every region's agent has noticed, and for a time at least; waits until all regions are right again.</summary>
    /// <returns>How long that took from the end of the outage.</returns>
    public static async Task<TimeSpan> MissNothingAsync(RunningSystem system, TimeSpan atLeast, Func<Task> strike, Func<Task> mend)
    {
        foreach (var region in system.Regions)
            await region.IsRightAsync();
        var ids = system.Take(40);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var before = system.Regions.Select(region => system.Alerts.Of(region.Name).Count).ToList();

        var end = Task.Delay(atLeast, TestContext.Current.CancellationToken);
        await strike();
        await PurgesGoOnAsync(system, ids, keys, end);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("BusSilent");
        await mend();
        var mended = Stopwatch.GetTimestamp();

        await system.GoneAsync(keys);
        foreach (var region in system.Regions)
            await region.IsRightAsync();
        var taken = Stopwatch.GetElapsedTime(mended);
        foreach (var (region, count) in system.Regions.Zip(before))
            await system.Alerts.NoneSinceAsync(region.Name, count);
        return taken;
    }

    // In the regions that replicate.
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
