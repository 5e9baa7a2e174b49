using LastMile.Events.RegionAgent.Verdicts;
using Xunit;

namespace RegionAgent.Tests;

public sealed class WorstLagTests
{
    private readonly WorstLag worst = new();

    [Fact]
    public void Take_returns_the_greatest_lag_once()
    {
        foreach (var seconds in new[] { 1, 3, 2 })
            worst.Record(TimeSpan.FromSeconds(seconds));

        Assert.Equal(TimeSpan.FromSeconds(3), worst.Take());
        Assert.Equal(TimeSpan.Zero, worst.Take());
        worst.Record(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), worst.Take());
    }

    [Fact]
    public void Concurrent_records_keep_the_greatest_lag()
    {
        Parallel.For(1, 10_001, n => worst.Record(TimeSpan.FromTicks(n)));

        Assert.Equal(TimeSpan.FromTicks(10_000), worst.Take());
    }
}
