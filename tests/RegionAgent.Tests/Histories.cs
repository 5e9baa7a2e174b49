using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;

namespace RegionAgent.Tests;

/// <summary>Generated histories of a region, observed ten times a second, and the states and alerts that the policies derive.</summary>
internal static class Histories
{
    private const double Tick = 0.1;

    // Lag that is healthy, inside the hysteresis, late or critical is equally likely, so that lag often stays near a threshold instead of
    // only crossing it.
    private static readonly Gen<double> Lags = Gen.OneOf(Gen.Const(0.0), Gen.Double[0.25, 0.499], Gen.Double[0.5, 9.9], Gen.Double[10, 15]);

    private static readonly Gen<Phase> Phases =
        Gen.Select(
            Gen.Enum<LinkState>(), Lags, Gen.Bool, Gen.Int[0, 4], Gen.Int[1, 60],
            (link, lag, silent, refuses, ticks) => new Phase(link, lag, silent, refuses == 0, ticks));

    /// <summary>
    /// Observations in phases of random length. Everything may change between phases, except that <see cref="Observation.Received"/> and
    /// <see cref="Observation.Seen"/> stay true once they are true.
    /// </summary>
    public static Gen<List<Observation>> Any { get; } =
        Gen.Select(Phases.List[1, 20], Gen.Int[0, 60], Gen.Int[0, 60])
            .Select((phases, receivedFrom, seenFrom) => History(phases, receivedFrom, seenFrom));

    /// <summary>Returns observations that follow the history, with the link up.</summary>
    public static IEnumerable<Observation> After(List<Observation> history, IEnumerable<double> lags) =>
        lags.Select((lag, n) => Seen.Of((history.Count + n) * Tick, lag: lag));

    /// <summary>Returns the states of a history, beginning with the start state.</summary>
    public static List<VerdictState> States(IEnumerable<Observation> history)
    {
        var states = new List<VerdictState> { VerdictState.Start(Seen.At(-Tick)) };
        foreach (var seen in history)
            states.Add(VerdictPolicy.Next(states[^1], seen, Seen.Options));
        return states;
    }

    public static List<QueuedAlert> Alerts(IEnumerable<Observation> history) =>
        [.. Steps(history).Select(step => AlertPolicy.Decide(step.Before, step.After, "ams")).OfType<QueuedAlert>()];

    public static IEnumerable<(VerdictState Before, VerdictState After)> Steps(IEnumerable<Observation> history)
    {
        var states = States(history);
        return states.Zip(states.Skip(1));
    }

    private static List<Observation> History(List<Phase> phases, int receivedFrom, int seenFrom)
    {
        var history = new List<Observation>();
        double outFor = 0, messageAge = 0;
        foreach (var phase in phases.SelectMany(phase => Enumerable.Repeat(phase, phase.Ticks)))
        {
            var received = history.Count >= receivedFrom;
            var seen = history.Count >= seenFrom;
            outFor = phase.Link is LinkState.Down or LinkState.Unreachable ? outFor + Tick : 0;
            messageAge = phase.Silent && received ? messageAge + Tick : 0;
            history.Add(Seen.Of(history.Count * Tick, phase.Link, received ? phase.Lag : 0, outFor, received, seen, messageAge) with
            {
                Diverged = phase.Refuses,
                NextEpisode = new Guid(history.Count, 0, 0, new byte[8]),
            });
        }

        return history;
    }

    private sealed record Phase(LinkState Link, double Lag, bool Silent, bool Refuses, int Ticks);
}
