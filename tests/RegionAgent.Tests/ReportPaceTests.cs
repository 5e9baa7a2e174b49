using LastMile.Events.RegionAgent.Status;
using Xunit;

namespace RegionAgent.Tests;

public sealed class ReportPaceTests
{
    private readonly ReportPace pace = new(TimeSpan.FromMilliseconds(100), burst: 3);

    [Fact]
    public void A_burst_of_reports_passes_at_once_and_later_ones_wait_for_the_interval()
    {
        Assert.Equal([0, 0, 100], Record(0, 0, 0));
        Assert.Equal([100, 100], Record(100, 200));
    }

    [Fact]
    public void Reports_at_or_below_the_rate_never_wait() => Assert.Equal([0, 0, 0, 0, 0], Record(0, 100, 200, 300, 400));

    [Fact]
    public void Idle_intervals_restore_the_burst()
    {
        Record(0, 0, 0);

        // Each interval restores one report, up to the full burst.
        Assert.Equal([0, 100], Record(200, 200));
        Assert.Equal([0, 0, 100], Record(1_200, 1_200, 1_200));
    }

    [Fact]
    public void A_second_of_flood_makes_one_report_per_interval_plus_the_burst()
    {
        var (now, made) = (0, 0);
        for (; now < 1_000; made++)
            now += Record(now)[0];

        Assert.Equal(10 + 2, made);
    }

    private int[] Record(params int[] moments) =>
        [.. moments.Select(now => (int)pace.Record(TimeSpan.FromMilliseconds(now)).TotalMilliseconds)];
}
