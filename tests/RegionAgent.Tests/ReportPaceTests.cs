using LastMile.Events.RegionAgent.Status;
using Xunit;

namespace RegionAgent.Tests;

public sealed class ReportPaceTests
{
    private readonly ReportPace pace = new(TimeSpan.FromMilliseconds(100), burst: 3);

    [Fact]
    public void Some_follow_each_other_at_once_and_those_after_them_at_the_interval()
    {
        Assert.Equal([0, 0, 100], Made(0, 0, 0));
        Assert.Equal([100, 100], Made(100, 200));
    }

    [Fact]
    public void What_comes_more_seldom_never_waits() => Assert.Equal([0, 0, 0, 0, 0], Made(0, 100, 200, 300, 400));

    [Fact]
    public void Calm_gives_back_what_a_burst_has_used()
    {
        Made(0, 0, 0);

        // One interval gives back one, ten do not give back more than all.
        Assert.Equal([0, 100], Made(200, 200));
        Assert.Equal([0, 0, 100], Made(1_200, 1_200, 1_200));
    }

    [Fact]
    public void In_a_second_of_flood_as_many_are_made_as_intervals_and_the_burst()
    {
        var (now, made) = (0, 0);
        for (; now < 1_000; made++)
            now += Made(now)[0];

        Assert.Equal(10 + 2, made);
    }

    private int[] Made(params int[] moments) => [.. moments.Select(now => (int)pace.Record(TimeSpan.FromMilliseconds(now)).TotalMilliseconds)];
}
