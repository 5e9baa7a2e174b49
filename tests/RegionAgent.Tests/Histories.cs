using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Verdicts;

namespace RegionAgent.Tests;

/// <summary>What a region may go through, looked at ten times a second, and what the policies make of it.</summary>
internal static class Histories
{
    private const double Tick = 0.1;

    // Calm, inside the hysteresis, late, critical: each as likely as the others, or thresholds would be crossed and hardly ever hovered at.
    private static readonly Gen<double> Lags = Gen.OneOf(Gen.Const(0.0), Gen.Double[0.25, 0.499], Gen.Double[0.5, 9.9], Gen.Double[10, 15]);

    private static readonly Gen<Phase> Phases =
        Gen.Select(Gen.Enum<LinkState>(), Lags, Gen.Bool, Gen.Int[0, 4], Gen.Int[1, 60], (link, lag, silent, refuses, ticks) => new Phase(link, lag, silent, refuses == 0, ticks));

    /// <summary>A run of phases, each of some length; between them anything may change but that what was heard and seen once stays so.</summary>
    public static Gen<List<Observation>> Any { get; } =
        Gen.Select(Phases.List[1, 20], Gen.Int[0, 60], Gen.Int[0, 60]).Select((phases, heardFrom, seenFrom) => History(phases, heardFrom, seenFrom));

    /// <summary>Looks that follow the history, with a link that is up.</summary>
    public static IEnumerable<Observation> After(List<Observation> history, IEnumerable<double> lags) =>
        lags.Select((lag, n) => Seen.Of((history.Count + n) * Tick, lag: lag));

    /// <summary>The states that the history leads through, the first one being the start's.</summary>
    public static List<VerdictState> States(IEnumerable<Observation> history)
    {
        var states = new List<VerdictState> { VerdictState.Start(Seen.At(-Tick)) };
        foreach (var seen in history)
            states.Add(VerdictPolicy.Next(states[^1], seen, Seen.Options));
        return states;
    }

    public static List<QueuedAlert> Alerts(IEnumerable<Observation> history) => [.. Steps(history).Select(step => AlertPolicy.Decide(step.Before, step.After, "ams")).OfType<QueuedAlert>()];

    public static IEnumerable<(VerdictState Before, VerdictState After)> Steps(IEnumerable<Observation> history)
    {
        var states = States(history);
        return states.Zip(states.Skip(1));
    }

    private static List<Observation> History(List<Phase> phases, int heardFrom, int seenFrom)
    {
        var history = new List<Observation>();
        double outFor = 0, messageAge = 0;
        foreach (var phase in phases.SelectMany(phase => Enumerable.Repeat(phase, phase.Ticks)))
        {
            var heard = history.Count >= heardFrom;
            outFor = phase.Link is LinkState.Down or LinkState.Unreachable ? outFor + Tick : 0;
            messageAge = phase.Silent && heard ? messageAge + Tick : 0;
            history.Add(Seen.Of(history.Count * Tick, phase.Link, heard ? phase.Lag : 0, outFor, heard, history.Count >= seenFrom, messageAge) with
            {
                Diverged = phase.Refuses,
                NextEpisode = new Guid(history.Count, 0, 0, new byte[8]),
            });
        }

        return history;
    }

    private sealed record Phase(LinkState Link, double Lag, bool Silent, bool Refuses, int Ticks);
}
