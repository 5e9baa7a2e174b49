using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AlertPolicyTests
{
    [Fact]
    public void The_begin_of_an_episode_is_told_with_what_was_seen()
    {
        var next = Seen.State(Verdict.Disconnected, LagSeverity.Warning) with { Observation = Seen.Of(100, LinkState.Down, lag: 2) with { BehindBytes = 4_711 } };

        var alert = AlertPolicy.Decide(Seen.State(Verdict.Converged), next, "ams");

        Assert.Equal(
            new ReplicaLagDetected(Seen.FirstEpisode, "ams", LagSeverity.Warning, 7, 2_000, 4_711, LinkState.Down, Seen.At(90).At, Seen.At(100).At),
            alert!.Message);
    }

    [Fact]
    public void A_rise_in_severity_is_told_and_nothing_else_inside_an_episode()
    {
        var warning = Seen.State(Verdict.Lagging, LagSeverity.Warning);
        var critical = Seen.State(Verdict.Unreachable, LagSeverity.Critical);

        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)AlertPolicy.Decide(warning, critical, "ams")!.Message).Severity);
        Assert.Null(AlertPolicy.Decide(warning, warning, "ams"));
        Assert.Null(AlertPolicy.Decide(critical, critical, "ams"));
    }

    [Fact]
    public void The_end_of_an_episode_is_told_with_how_long_and_how_bad_it_was()
    {
        var previous = Seen.State(Verdict.Lagging, LagSeverity.Critical, calmSince: 99);
        var next = Seen.State(Verdict.Converged, calmSince: 99) with { Observation = Seen.Of(100, late: 1, repaired: 2) };

        var alert = AlertPolicy.Decide(previous, next, "ams");

        Assert.Equal(
            new ReplicaLagRecovered(Seen.FirstEpisode, "ams", LagSeverity.Critical, 9_000, 3_000, 6, Seen.At(100).At) { RepairedKeys = 42 },
            alert!.Message);
    }

    [Fact]
    public void A_change_of_verdict_without_an_episode_is_nobodys_alarm()
    {
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Unknown), Seen.State(Verdict.Converged), "ams"));
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Converged), Seen.State(Verdict.Resyncing), "ams"));
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Converged), Seen.State(Verdict.BusSilent), "ams"));
    }
}
