using LastMile.Events.Invalidator.Regions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class BusUptimeTests
{
    private readonly FakeTimeProvider time = new();
    private readonly BusUptime listening;

    public BusUptimeTests() => listening = new(time);

    [Fact]
    public async Task It_counts_from_when_the_bus_is_there()
    {
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.Zero, listening.Duration);

        await listening.Ready(null!);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), listening.Duration);
    }

    [Fact]
    public async Task Any_break_ends_it()
    {
        Func<Task>[] breaks = [() => listening.Completed(null!), () => listening.Faulted(null!), () => listening.Stopping(null!)];
        foreach (var broken in breaks)
        {
            await listening.Ready(null!);
            time.Advance(TimeSpan.FromSeconds(3));

            await broken();

            Assert.Equal(TimeSpan.Zero, listening.Duration);
        }
    }

    [Fact]
    public async Task Begun_anew_it_counts_from_there_and_only_where_the_bus_is()
    {
        listening.Restart();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, listening.Duration);

        await listening.Ready(null!);
        time.Advance(TimeSpan.FromSeconds(3));
        listening.Restart();
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), listening.Duration);
    }
}
