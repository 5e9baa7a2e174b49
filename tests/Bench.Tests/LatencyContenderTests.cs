using LastMile.Events.Bench.Results;
using Xunit;

namespace Bench.Tests;

public sealed class LatencyContenderTests
{
    // Ten changes in two rounds, out of order: 1 to 10 ms.
    private static readonly LatencyContender Contender = new("any", [[7, 1, 10, 4], [3, 9, 2, 8, 6, 5]]);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.05, 1)]
    [InlineData(0.1, 1)]
    [InlineData(0.11, 2)]
    [InlineData(0.5, 5)]
    [InlineData(0.9, 9)]
    [InlineData(0.91, 10)]
    [InlineData(1, 10)]
    public void A_percentile_is_the_nearest_rank_over_all_rounds(double share, double latency)
    {
        Assert.Equal(latency, Contender.Percentile(share));
    }

    [Fact]
    public void The_summary_covers_all_rounds()
    {
        Assert.Equal((10, 5, 9, 10, 10), (Contender.Count, Contender.P50, Contender.P90, Contender.P99, Contender.Max));
    }

    [Fact]
    public void The_spread_is_the_range_of_the_rounds_percentiles()
    {
        Assert.Equal((4, 5), Contender.Spread(0.5));
        Assert.Equal((9, 10), Contender.Spread(1));
    }
}
