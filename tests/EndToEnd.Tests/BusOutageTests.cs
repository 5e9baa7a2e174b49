using System.Diagnostics;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The bus is stopped: purges go on where replication carries them, and wait where the bus does; nobody is alarmed.</summary>
[Collection<SystemTests>]
public sealed class BusOutageTests(RunningSystem system)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    // Each service looks for the broker about once a second; then the log is swept each two, and the verdict is formed.
    private static readonly TimeSpan FoundAgain = TimeSpan.FromSeconds(6);

    [Fact]
    public Task Without_the_bus_regions_are_deaf_and_afterwards_have_missed_nothing() => MissNothingAsync(TimeSpan.FromSeconds(20));

    /// <summary>Minutes are for who wants to see them: run it by name, with <c>-explicit only</c>.</summary>
    [Fact(Explicit = true)]
    public Task After_minutes_without_the_bus_they_have_not_either() => MissNothingAsync(TimeSpan.FromMinutes(3));

    private async Task MissNothingAsync(TimeSpan outage)
    {
        await system.LongOutage;
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Converged");
        var ids = system.Take(40);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var before = system.Regions.Select(region => system.Alerts.Of(region.Name).Count).ToList();

        var back = Task.Delay(outage, TestContext.Current.CancellationToken);
        await system.System.Servers.RabbitMq.Process.StopAsync();
        await PurgesGoOnAsync(ids, keys, back);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Deaf");
        await system.System.Servers.RabbitMq.Process.StartAsync();
        var begin = Stopwatch.GetTimestamp();

        await system.GoneAsync(keys);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Converged");
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, FoundAgain);
        foreach (var (region, count) in system.Regions.Zip(before))
            await system.Alerts.NoneSinceAsync(region.Name, count);
    }

    // In the regions that replicate.
    private async Task PurgesGoOnAsync(int[] ids, string[] keys, Task until)
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
