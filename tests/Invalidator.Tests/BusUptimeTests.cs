using LastMile.Events.Invalidator.Regions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class BusUptimeTests
{
    private readonly FakeTimeProvider time = new();
    private readonly BusUptime uptime;

    public BusUptimeTests() => uptime = new(time);

    [Fact]
    public async Task Uptime_counts_from_the_time_the_bus_is_ready()
    {
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.Zero, uptime.Duration);

        await uptime.Ready(null!);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), uptime.Duration);
    }

    [Fact]
    public async Task Any_interruption_resets_the_uptime()
    {
        Func<Task>[] interruptions = [() => uptime.Completed(null!), () => uptime.Faulted(null!), () => uptime.Stopping(null!)];
        foreach (var interrupt in interruptions)
        {
            await uptime.Ready(null!);
            time.Advance(TimeSpan.FromSeconds(3));

            await interrupt();

            Assert.Equal(TimeSpan.Zero, uptime.Duration);
        }
    }

    [Fact]
    public async Task A_restart_counts_from_zero_and_only_while_the_bus_is_ready()
    {
        uptime.Restart();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, uptime.Duration);

        await uptime.Ready(null!);
        time.Advance(TimeSpan.FromSeconds(3));
        uptime.Restart();
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), uptime.Duration);
    }
}
