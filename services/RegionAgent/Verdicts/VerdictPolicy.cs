using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>
/// The judgement itself, a function. An episode begins when trouble has lasted as long as the options say, and ends when calm has;
/// inside it the verdict names the trouble, outside it there is none.
/// </summary>
internal static class VerdictPolicy
{
    public static VerdictState Next(VerdictState previous, Observation seen, RegionOptions options)
    {
        Moment? calmSince = IsCalm(seen, options) ? previous.CalmSince ?? seen.Now : null;
        var settled = calmSince is { } calm && seen.Now.Clock - calm.Clock >= options.RecoverAfter;
        var episode = settled ? null : Continue(previous.Episode, seen, Trouble(seen, options));
        var verdict = Judge(previous.Verdict, episode is not null, calmSince is not null, settled, seen);
        return new VerdictState(verdict, verdict == previous.Verdict ? previous.Since : seen.Now, calmSince, episode, seen);
    }

    /// <summary>Half of what begins an episode: lag that hovers at the threshold neither ends an episode nor begins the next.</summary>
    private static bool IsCalm(Observation seen, RegionOptions options) =>
        seen.Link == LinkState.Up && seen.Lag < options.WarnAfter / 2;

    private static LagSeverity? Trouble(Observation seen, RegionOptions options)
    {
        // Of a region that never showed a watermark nothing is known to be late.
        var lag = seen.Seen ? seen.Lag : TimeSpan.Zero;
        if (lag >= options.CriticalAfter || seen.OutFor >= options.CriticalAfter)
            return LagSeverity.Critical;

        // A resync makes the region cold, not late; one that holds up purges until they are critical was reported above.
        var late = lag >= options.WarnAfter && seen.Link != LinkState.Syncing;
        return late || seen.OutFor >= options.DownAfter ? LagSeverity.Warning : null;
    }

    private static Episode? Continue(Episode? open, Observation seen, LagSeverity? trouble) => (open, trouble) switch
    {
        (null, null) => null,
        (null, { } severity) => new Episode(seen.NextEpisode, severity, seen.Now.Before(Longer(seen.Lag, seen.OutFor)), seen.Lag, seen.Late),
        _ => open with
        {
            Severity = trouble > open.Severity ? trouble.Value : open.Severity,
            WorstLag = Longer(open.WorstLag, seen.Lag),
            Late = open.Late + seen.Late,
        },
    };

    private static Verdict Judge(Verdict previous, bool trouble, bool calm, bool settled, Observation seen) => seen.Link switch
    {
        LinkState.Syncing => Verdict.Resyncing,
        LinkState.Unreachable when trouble => Verdict.Unreachable,
        LinkState.Down when trouble => Verdict.Disconnected,
        // What was wrong is mended, but not for long enough to believe it.
        _ when trouble && calm => previous,
        _ when trouble => Verdict.Lagging,
        _ when previous == Verdict.Resyncing && !settled => Verdict.Resyncing,
        _ when seen is { Heard: true, Seen: true } => Verdict.Converged,
        _ => Verdict.Unknown,
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
