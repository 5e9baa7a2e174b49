using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;
using static LastMile.Events.Messages.LagSeverity;

namespace RegionAgent.Tests;

/// <summary>Properties that hold for every history of a region.</summary>
public sealed class VerdictProperties
{
    private static readonly double[] NoLag = new double[25];

    [Fact]
    public void Each_episode_has_one_alert_per_rise_and_one_recovery() => Histories.Any.Sample(history =>
        Histories.Alerts(history.Concat(Histories.After(history, NoLag)))
            .GroupBy(alert => alert.Episode)
            .All(episode => Shape(episode) is "W R" or "C R" or "W C R"));

    [Fact]
    public void The_alerts_agree_with_the_state_of_the_region() => Histories.Any.Sample(history =>
    {
        LagSeverity? alerted = null;
        foreach (var (before, after) in Histories.Steps(history))
        {
            alerted = AlertPolicy.Decide(before, after, "ams")?.Message switch
            {
                ReplicaLagDetected detected => detected.Severity,
                ReplicaLagRecovered => null,
                _ => alerted,
            };
            if (alerted != after.Episode?.Severity)
                return false;
        }

        return true;
    });

    [Fact]
    public void Episodes_never_overlap() => Histories.Any.Sample(history =>
    {
        var alerts = Histories.Alerts(history);
        var runs = alerts.Where((alert, n) => n == 0 || alerts[n - 1].Episode != alert.Episode).ToList();
        return runs.Count == runs.Select(alert => alert.Episode).Distinct().Count()
            && alerts.Zip(alerts.Skip(1)).All(pair => pair.First.Episode == pair.Second.Episode || pair.First.EndsEpisode);
    });

    [Fact]
    public void An_observation_at_or_above_a_threshold_is_inside_an_episode_of_that_severity() => Histories.Any.Sample(history =>
        Histories.States(history).Skip(1).All(state => !(Least(state.Observation, history) > state.Episode?.Severity)
            && (state.Episode is not null || Least(state.Observation, history) is null)));

    [Fact]
    public void Severity_never_falls_inside_an_episode() => Histories.Any.Sample(history =>
        Histories.Steps(history).All(step => !(step.After.Episode?.Severity < step.Before.Episode?.Severity)));

    [Fact]
    public void An_episode_begins_only_where_a_threshold_is_crossed() => Histories.Any.Sample(history =>
        Histories.Steps(history).All(step =>
            step is not ({ Episode: null }, { Episode: not null }) || Least(step.After.Observation, []) is not null));

    [Fact]
    public void An_episode_ends_only_after_an_uninterrupted_healthy_time() => Histories.Any.Sample(history =>
        Histories.Steps(history.Concat(Histories.After(history, NoLag))).All(step =>
            step is not ({ Episode: not null }, { Episode: null, Observation.Now.Clock: var end })
            || history.Where(seen => seen.Now.Clock > end - Seen.Options.RecoverAfter && seen.Now.Clock <= end).All(IsHealthy)));

    [Fact]
    public void Lag_inside_the_hysteresis_neither_begins_nor_ends_an_episode() =>
        Gen.Select(Histories.Any, Gen.Double[0.25, 0.499].List[1, 100]).Sample((history, lags) =>
        {
            var before = Histories.States(history)[^1];
            var after = Histories.States(history.Concat(Histories.After(history, lags)))[^1];
            return after.Episode?.Id == before.Episode?.Id && after.Episode?.Severity == before.Episode?.Severity;
        });

    [Fact]
    public void A_silent_bus_changes_no_alert() => Histories.Any.Sample(history =>
        Histories.Alerts(history).SequenceEqual(Histories.Alerts(history.Select(seen => seen with { MessageAge = TimeSpan.Zero }))));

    [Fact]
    public void The_verdict_names_a_problem_only_inside_an_episode() => Histories.Any.Sample(history =>
        Histories.States(history).All(state => state.Episode is null
            ? state.Verdict is Verdict.Unknown or Verdict.Converged or Verdict.Resyncing or Verdict.BusSilent
            : state.Verdict is Verdict.Lagging or Verdict.Disconnected or Verdict.Unreachable or Verdict.Resyncing or Verdict.Diverged));

    [Fact]
    public void Converged_and_BusSilent_never_return_to_Unknown() => Histories.Any.Sample(history =>
        Histories.Steps(history).All(step => !VerdictTransitions.Impossible.Contains((step.Before.Verdict, step.After.Verdict))));

    /// <summary>
    /// Returns the minimum severity of an observation, by an independent implementation of the thresholds; null for none.
    /// </summary>
    /// <param name="seen">The observation.</param>
    /// <param name="history">The history, in which a recent resync excuses lag.</param>
    private static LagSeverity? Least(Observation seen, List<Observation> history)
    {
        var lag = seen.Seen ? seen.Lag.TotalSeconds : 0;
        var outFor = seen.OutFor.TotalSeconds;
        var cold = history.Any(other => other.Link == LinkState.Syncing
            && other.Now.Clock <= seen.Now.Clock
            && seen.Now.Clock - other.Now.Clock < TimeSpan.FromSeconds(2));
        if (lag >= 10 || outFor >= 10)
            return Critical;
        return outFor >= 2 || seen.Diverged || (lag >= 0.5 && !cold) ? Warning : null;
    }

    private static bool IsHealthy(Observation seen) =>
        seen is { Link: LinkState.Up, Seen: true, Diverged: false, Lag.TotalSeconds: < 0.25 };

    private static string Shape(IEnumerable<QueuedAlert> episode) => string.Join(' ', episode.Select(alert => alert.Message switch
    {
        ReplicaLagDetected { Severity: Warning } => "W",
        ReplicaLagDetected => "C",
        _ => "R",
    }));
}
