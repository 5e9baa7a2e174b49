using LastMile.Events.Cli.Demo;
using Xunit;

namespace Cli.Tests;

public sealed class DemoReportTests
{
    private static readonly Guid Cut = Guid.NewGuid();
    private static readonly ReceivedAlert Detected = new("syd", ReceivedAlert.Detected, "warning", 3, 600, DateTimeOffset.UnixEpoch, Cut);
    private static readonly ReceivedAlert Recovered = Detected with { Kind = ReceivedAlert.Recovered };

    [Fact]
    public void A_demo_passes_when_every_change_is_purged_and_the_episode_is_reported_once()
    {
        var report = DemoReport.Of(200, [Region(purged: 200, stale: 0)], [Detected, Recovered], Cut, []);

        Assert.True(report.Passed);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void An_alert_of_another_episode_does_not_fail_the_demo()
    {
        var other = Detected with { Episode = Guid.NewGuid() };

        ReceivedAlert[] alerts = [other, Detected, Recovered, other with { Kind = ReceivedAlert.Recovered }];
        Assert.True(DemoReport.Of(200, [Region(purged: 200, stale: 0)], alerts, Cut, []).Passed);
    }

    [Fact]
    public void A_failed_demo_lists_every_failure()
    {
        var report = DemoReport.Of(
            200,
            [Region(purged: 197, stale: 2)],
            [Detected, Detected, Recovered],
            Cut,
            ["syd: no alert within 30 s of the cut."]);

        Assert.False(report.Passed);
        Assert.Equal(
            [
                "syd: no alert within 30 s of the cut.",
                "syd: 3 of 200 changes were not purged in time.",
                "syd: 2 stale keys.",
                "syd: 'detected' was reported 2 times.",
            ],
            report.Problems);
    }

    private static RegionResult Region(int purged, int stale) => new("syd", purged, 1, 2, stale);
}
