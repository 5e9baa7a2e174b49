using System.Diagnostics;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Assertions about the regions during and after an outage of the bus.</summary>
internal static class BusOutage
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    // An agent follows the log after half a second without a message. The rest is for a busy machine.
    private static readonly TimeSpan StaleAtMost = TimeSpan.FromSeconds(2);

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
        foreach (var region in system.Regions.Take(2))
            await region.VerdictIsAsync("BusSilent");
        foreach (var region in system.Regions.Skip(2))
            Assert.Equal(("Converged", "Log"), (await region.VerdictAsync(), await region.ReceivesFromAsync()));
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

    // Replicated regions receive purges by replication, and independent ones from the log.
    private static async Task PurgesGoOnAsync(RunningSystem system, int[] ids, string[] keys, Task until)
    {
        do
        {
            await system.FillAsync(keys);
            await system.ChangeAsync(ids);
            var changed = Stopwatch.GetTimestamp();
            await system.GoneAsync(keys);
            Assert.InRange(Stopwatch.GetElapsedTime(changed), TimeSpan.Zero, StaleAtMost);
            await Task.WhenAny(until, Task.Delay(Pace, TestContext.Current.CancellationToken));
        }
        while (!until.IsCompleted);
    }
}
