using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The services lose the bus. Purges go on where replication carries them, and wait where the bus does; no alert is raised.</summary>
[Collection<SystemTests>]
public sealed class BusOutageTests(RunningSystem system)
{
    [Fact]
    public Task Regions_have_missed_nothing_when_the_bus_is_back() => BusOutage.MissNothingAsync(
        system,
        TimeSpan.Zero,
        strike: () =>
        {
            system.System.Servers.BusLink!.Cut();
            return Task.CompletedTask;
        },
        mend: () =>
        {
            system.System.Servers.BusLink!.Mend();
            return Task.CompletedTask;
        });
}

/// <summary>The same with a RabbitMQ that is stopped, and for longer.</summary>
[Long]
[MeasuresTime]
[Collection<OutageTests>]
public sealed class LongBusOutageTests(BreakableSystem system)
{
    // Each service looks for the broker about once a second; then the log is swept each two, and the verdict is formed.
    private static readonly TimeSpan FoundAgain = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData(20)]
    [InlineData(180)]
    public async Task Regions_have_missed_nothing_when_a_stopped_broker_is_back(int seconds)
    {
        var broker = system.System.Servers.RabbitMq.Process;

        var taken = await BusOutage.MissNothingAsync(system, TimeSpan.FromSeconds(seconds), broker.StopAsync, () => broker.StartAsync());

        Assert.InRange(taken, TimeSpan.Zero, FoundAgain);
    }
}
