using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// The services lose the bus. Replicated regions are still purged by replication, independent ones from the log, and no alert is raised.
/// </summary>
[Collection<SystemTests>]
public sealed class BusOutageTests(RunningSystem system)
{
    [Fact]
    public Task Regions_miss_no_purge_when_their_bus_connections_are_cut() => BusOutage.MissNoPurgeAsync(
        system,
        TimeSpan.Zero,
        interrupt: () =>
        {
            system.System.Servers.BusLink!.Cut();
            return Task.CompletedTask;
        },
        restore: () =>
        {
            system.System.Servers.BusLink!.Mend();
            return Task.CompletedTask;
        });
}

/// <summary>The same, but RabbitMQ itself is stopped, and for longer.</summary>
[Long]
[MeasuresTime]
[Collection<OutageTests>]
public sealed class LongBusOutageTests(BreakableSystem system)
{
    // Services retry the broker about once a second, the log is swept every two seconds, and then the agent forms its verdict.
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData(20)]
    [InlineData(180)]
    public async Task Regions_miss_no_purge_when_the_broker_is_stopped(int seconds)
    {
        var broker = system.System.Servers.RabbitMq.Process;

        var taken = await BusOutage.MissNoPurgeAsync(system, TimeSpan.FromSeconds(seconds), broker.StopAsync, () => broker.StartAsync());

        Assert.InRange(taken, TimeSpan.Zero, RecoveryTime);
    }
}
