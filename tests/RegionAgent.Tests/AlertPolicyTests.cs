using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AlertPolicyTests
{
    [Fact]
    public void The_first_alert_of_an_episode_reports_the_observation()
    {
        var next = Seen.State(Verdict.Disconnected, LagSeverity.Warning) with
        {
            Observation = Seen.Of(100, LinkState.Down, lag: 2) with { BehindBytes = 4_711 },
        };

        var alert = AlertPolicy.Decide(Seen.State(Verdict.Converged), next, "ams");

        Assert.Equal(
            new ReplicaLagDetected(
                Seen.FirstEpisode, "ams", LagSeverity.Warning, 7, 2_000, 4_711, LinkState.Down, Seen.At(90).At, Seen.At(100).At),
            alert!.Message);
    }

    [Fact]
    public void Inside_an_episode_only_a_rise_in_severity_raises_an_alert()
    {
        var warning = Seen.State(Verdict.Lagging, LagSeverity.Warning);
        var critical = Seen.State(Verdict.Unreachable, LagSeverity.Critical);

        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)AlertPolicy.Decide(warning, critical, "ams")!.Message).Severity);
        Assert.Null(AlertPolicy.Decide(warning, warning, "ams"));
        Assert.Null(AlertPolicy.Decide(critical, critical, "ams"));
    }

    [Fact]
    public void The_recovery_reports_the_duration_and_the_worst_values_of_the_episode()
    {
        var previous = Seen.State(Verdict.Lagging, LagSeverity.Critical, healthySince: 99);
        var next = Seen.State(Verdict.Converged, healthySince: 99) with { Observation = Seen.Of(100, late: 1, repaired: 2) };

        var alert = AlertPolicy.Decide(previous, next, "ams");

        Assert.Equal(
            new ReplicaLagRecovered(Seen.FirstEpisode, "ams", LagSeverity.Critical, 9_000, 3_000, 6, Seen.At(100).At) { RepairedKeys = 42 },
            alert!.Message);
    }

    [Fact]
    public void A_change_of_verdict_outside_an_episode_raises_no_alert()
    {
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Unknown), Seen.State(Verdict.Converged), "ams"));
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Converged), Seen.State(Verdict.Resyncing), "ams"));
        Assert.Null(AlertPolicy.Decide(Seen.State(Verdict.Converged), Seen.State(Verdict.BusSilent), "ams"));
    }
}
