using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>What holds for every history of a region, however wild.</summary>
public sealed class VerdictProperties
{
    private const double Tick = 0.1;

    // A history is a run of phases, each of some length; between them anything may change.
    private static readonly Gen<List<Observation>> Histories =
        Gen.Select(Gen.Enum<LinkState>(), Gen.Double[0, 15], Gen.Bool, Gen.Bool, Gen.Int[1, 30]).List[1, 30].Select(phases =>
        {
            var history = new List<Observation>();
            double outFor = 0;
            foreach (var (link, lag, late, heard, ticks) in phases)
            {
                for (var tick = 0; tick < ticks; tick++)
                {
                    outFor = link is LinkState.Down or LinkState.Unreachable ? outFor + Tick : 0;
                    history.Add(Seen.Of(history.Count * Tick, link, late ? lag : 0, outFor, heard) with { NextEpisode = new Guid(history.Count, 0, 0, new byte[8]) });
                }
            }

            return history;
        });

    [Fact]
    public void Each_episode_is_told_by_one_detection_per_rise_and_one_recovery()
    {
        Histories.Sample(history =>
        {
            var (alerts, last) = Run(history.Concat(Calm(after: history)));

            return last.Episode is null && alerts.GroupBy(alert => alert.Episode).All(episode => Shape(episode) is "W R" or "C R" or "W C R");
        });
    }

    [Fact]
    public void Episodes_follow_each_other_and_never_mix()
    {
        Histories.Sample(history =>
        {
            var (alerts, _) = Run(history);

            var runs = alerts.Where((alert, n) => n == 0 || alerts[n - 1].Episode != alert.Episode).ToList();
            return runs.Count == runs.Select(alert => alert.Episode).Distinct().Count()
                && alerts.Zip(alerts.Skip(1)).All(pair => pair.First.Episode == pair.Second.Episode || pair.First.EndsEpisode);
        });
    }

    [Fact]
    public void Severity_never_falls_inside_an_episode()
    {
        Histories.Sample(history =>
        {
            var states = States(history);
            return states.Zip(states.Skip(1)).All(pair =>
                pair.First.Episode is not { } before || pair.Second.Episode is not { } now || now.Severity >= before.Severity);
        });
    }

    [Fact]
    public void Trouble_is_named_inside_an_episode_and_only_there()
    {
        Histories.Sample(history => States(history).All(state => state.Episode is null
            ? state.Verdict is Verdict.Unknown or Verdict.Converged or Verdict.Resyncing
            : state.Verdict is Verdict.Lagging or Verdict.Disconnected or Verdict.Unreachable or Verdict.Resyncing));
    }

    [Fact]
    public void Lag_inside_the_hysteresis_changes_nothing()
    {
        var hovering = Gen.Double[0.25, 0.499].List[1, 100];
        hovering.Sample(lags =>
        {
            var history = lags.Select((lag, n) => Seen.Of(101 + (n * Tick), lag: lag)).ToList();
            var fromCalm = history.Aggregate(Seen.State(Verdict.Converged), (state, seen) => VerdictPolicy.Next(state, seen, Seen.Options));
            var fromLag = history.Aggregate(Seen.State(Verdict.Lagging, LagSeverity.Warning), (state, seen) => VerdictPolicy.Next(state, seen, Seen.Options));

            return fromCalm.Verdict == Verdict.Converged && fromLag.Verdict == Verdict.Lagging;
        });
    }

    private static IEnumerable<Observation> Calm(List<Observation> after) =>
        Enumerable.Range(after.Count, 20).Select(n => Seen.Of(n * Tick));

    private static List<VerdictState> States(IEnumerable<Observation> history)
    {
        var states = new List<VerdictState> { VerdictState.Start(Seen.At(0)) };
        foreach (var seen in history)
            states.Add(VerdictPolicy.Next(states[^1], seen, Seen.Options));
        return states;
    }

    private static (List<Alert> Alerts, VerdictState Last) Run(IEnumerable<Observation> history)
    {
        var states = States(history);
        var alerts = states.Zip(states.Skip(1)).Select(pair => AlertPolicy.Decide(pair.First, pair.Second, "ams")).OfType<Alert>().ToList();
        return (alerts, states[^1]);
    }

    private static string Shape(IEnumerable<Alert> episode) => string.Join(' ', episode.Select(alert => alert.Message switch
    {
        ReplicaLagDetected { Severity: LagSeverity.Warning } => "W",
        ReplicaLagDetected => "C",
        _ => "R",
    }));
}
