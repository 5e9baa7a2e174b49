using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>
/// The judgement itself, a function. An episode begins when trouble has lasted as long as the options say, and ends when calm has;
/// inside it the verdict names the trouble, outside it there is none.
/// </summary>
internal static class VerdictPolicy
{
    // After a full resync a primary holds the stream back until the replica's next word, up to a second, though both say that the link is up.
    private static readonly TimeSpan HeldBack = TimeSpan.FromSeconds(2);

    public static VerdictState Next(VerdictState previous, Observation seen, RegionOptions options)
    {
        var syncedAt = seen.Link == LinkState.Syncing ? seen.Now : previous.SyncedAt;
        Moment? calmSince = IsCalm(seen, options) ? previous.CalmSince ?? seen.Now : null;
        var settled = calmSince is { } calm && seen.Now.Clock - calm.Clock >= options.RecoverAfter;
        var cold = !settled && IsCold(previous, syncedAt, seen);
        var episode = settled ? null : Continue(previous.Episode, seen, Trouble(seen, cold, options));
        var verdict = Named(seen, episode is not null, cold)
            ?? (episode is not null ? Mending(previous.Verdict, calmSince is not null) : WithoutTrouble(previous.Verdict, settled, seen, options));
        return new VerdictState(verdict, verdict == previous.Verdict ? previous.Since : seen.Now, calmSince, syncedAt, episode, seen);
    }

    private static bool IsCold(VerdictState previous, Moment? syncedAt, Observation seen) => seen.Link == LinkState.Syncing
        || (previous.Verdict == Verdict.Resyncing && syncedAt is { } synced && seen.Now.Clock - synced.Clock < HeldBack);

    /// <summary>
    /// Half of what begins an episode: lag that hovers at the threshold neither ends an episode nor begins the next. A region that never
    /// showed a watermark may lack anything.
    /// </summary>
    private static bool IsCalm(Observation seen, RegionOptions options) =>
        seen is { Link: LinkState.Up, Seen: true, Diverged: false } && seen.Lag < options.WarnAfter / 2;

    private static LagSeverity? Trouble(Observation seen, bool cold, RegionOptions options)
    {
        // Of a region that never showed a watermark nothing is known to be late.
        var lag = seen.Seen ? seen.Lag : TimeSpan.Zero;
        if (lag >= options.CriticalAfter || seen.OutFor >= options.CriticalAfter)
            return LagSeverity.Critical;

        // A resync makes the region cold, not late; one that holds up purges until they are critical was reported above.
        var late = lag >= options.WarnAfter && !cold;
        return late || seen.Diverged || seen.OutFor >= options.DownAfter ? LagSeverity.Warning : null;
    }

    private static Episode? Continue(Episode? open, Observation seen, LagSeverity? trouble) => (open, trouble) switch
    {
        (null, null) => null,
        (null, { } severity) => new Episode(seen.NextEpisode, severity, seen.Now.Before(Longer(seen.Lag, seen.OutFor)), seen.Lag, seen.Late, seen.Repaired) { Refused = seen.Refused },
        _ => open with
        {
            Severity = trouble > open.Severity ? trouble.Value : open.Severity,
            WorstLag = Longer(open.WorstLag, seen.Lag),
            Late = open.Late + seen.Late,
            Repaired = open.Repaired + seen.Repaired,
            Refused = open.Refused + seen.Refused,
        },
    };

    /// <summary>What link and server alone tell; null when they tell nothing.</summary>
    private static Verdict? Named(Observation seen, bool trouble, bool cold) => seen.Link switch
    {
        LinkState.Unreachable when trouble => Verdict.Unreachable,
        LinkState.Down when trouble => Verdict.Disconnected,
        _ when cold => Verdict.Resyncing,
        _ when seen.Diverged && trouble => Verdict.Diverged,
        _ => null,
    };

    /// <summary>In an episode: what was wrong is mended, but not for long enough to believe it, or purges are still missing.</summary>
    private static Verdict Mending(Verdict previous, bool calm) => calm ? previous : Verdict.Lagging;

    private static Verdict WithoutTrouble(Verdict previous, bool settled, Observation seen, RegionOptions options) => seen switch
    {
        _ when previous == Verdict.Resyncing && !settled => Verdict.Resyncing,
        { Received: false } or { Seen: false } => Verdict.Unknown,
        _ when seen.MessageAge >= options.BusSilentAfter => Verdict.BusSilent,
        _ => Verdict.Converged,
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
