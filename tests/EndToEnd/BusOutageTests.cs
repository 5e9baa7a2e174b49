using System.Diagnostics;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The bus is stopped for 20 s: purges go on where replication carries them, and wait where the bus does; nobody is alarmed.</summary>
[Collection<SystemTests>]
public sealed class BusOutageTests(RunningSystem system)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);

    // Each service looks for the broker about once a second; then the log is swept each two, and the verdict is formed.
    private static readonly TimeSpan FoundAgain = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task Without_the_bus_regions_are_deaf_and_afterwards_have_missed_nothing()
    {
        await system.LongOutage;
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Converged");
        var ids = system.Take(40);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var before = system.Regions.Select(region => system.Alerts.Of(region.Name).Count).ToList();

        var back = Task.Delay(Outage, TestContext.Current.CancellationToken);
        await system.System.Servers.RabbitMq.Process.StopAsync();
        await system.ChangeAsync(ids);
        foreach (var region in system.Regions.Take(2))
            await region.GoneAsync(keys);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Deaf");
        await back;
        await system.System.Servers.RabbitMq.Process.StartAsync();
        var begin = Stopwatch.GetTimestamp();

        await system.GoneAsync(keys);
        foreach (var region in system.Regions)
            await region.VerdictIsAsync("Converged");
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, FoundAgain);
        foreach (var (region, count) in system.Regions.Zip(before))
            await system.Alerts.NoneSinceAsync(region.Name, count);
    }
}
