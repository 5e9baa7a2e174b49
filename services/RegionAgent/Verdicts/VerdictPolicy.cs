using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>
/// Computes the next verdict, as a pure function. An episode begins when a problem has lasted for its threshold, and ends when the region
/// has been healthy for <see cref="RegionOptions.RecoverAfter"/>. The verdict names a problem only inside an episode.
/// </summary>
internal static class VerdictPolicy
{
    // After a full resync, the primary holds the stream back until the replica's next acknowledgment, for up to a second, although both
    // servers report that the link is up.
    private static readonly TimeSpan ResyncGrace = TimeSpan.FromSeconds(2);

    public static VerdictState Next(VerdictState previous, Observation seen, RegionOptions options)
    {
        var syncedAt = seen.Link == LinkState.Syncing ? seen.Now : previous.SyncedAt;
        Moment? healthySince = IsHealthy(seen, options) ? previous.HealthySince ?? seen.Now : null;
        var settled = healthySince is { } healthy && seen.Now.Clock - healthy.Clock >= options.RecoverAfter;
        var cold = !settled && IsCold(previous, syncedAt, seen);
        var episode = settled ? null : Continue(previous.Episode, seen, Problem(seen, cold, options));
        var verdict = Named(seen, episode is not null, cold)
            ?? (episode is not null
                ? Recovering(previous.Verdict, healthySince is not null)
                : WithoutProblem(previous.Verdict, settled, seen, options));
        return new VerdictState(verdict, verdict == previous.Verdict ? previous.Since : seen.Now, healthySince, syncedAt, episode, seen);
    }

    private static bool IsCold(VerdictState previous, Moment? syncedAt, Observation seen) => seen.Link == LinkState.Syncing
        || (previous.Verdict == Verdict.Resyncing && syncedAt is { } synced && seen.Now.Clock - synced.Clock < ResyncGrace);

    /// <summary>
    /// Returns whether the region is healthy. Lag must fall below half of <see cref="RegionOptions.WarnAfter"/>, so that lag close to the
    /// threshold neither ends an episode nor begins another. A region without a watermark may be missing any purge.
    /// </summary>
    private static bool IsHealthy(Observation seen, RegionOptions options) =>
        seen is { Link: LinkState.Up, Seen: true, Diverged: false } && seen.Lag < options.WarnAfter / 2;

    private static LagSeverity? Problem(Observation seen, bool cold, RegionOptions options)
    {
        // Until the agent has read the region's watermark, it can't know that a purge is late.
        var lag = seen.Seen ? seen.Lag : TimeSpan.Zero;
        if (lag >= options.CriticalAfter || seen.OutFor >= options.CriticalAfter)
            return LagSeverity.Critical;

        // A resync makes the region cold, not late. A resync that delays purges until they are critical was handled above.
        var late = lag >= options.WarnAfter && !cold;
        return late || seen.Diverged || seen.OutFor >= options.DownAfter ? LagSeverity.Warning : null;
    }

    private static Episode? Continue(Episode? open, Observation seen, LagSeverity? problem) => (open, problem) switch
    {
        (null, null) => null,
        (null, { } severity) => new Episode(
            seen.NextEpisode, severity, seen.Now.Before(Longer(seen.Lag, seen.OutFor)), seen.Lag, seen.Late, seen.Repaired)
        {
            Refused = seen.Refused,
        },
        _ => open with
        {
            Severity = problem > open.Severity ? problem.Value : open.Severity,
            WorstLag = Longer(open.WorstLag, seen.Lag),
            Late = open.Late + seen.Late,
            Repaired = open.Repaired + seen.Repaired,
            Refused = open.Refused + seen.Refused,
        },
    };

    /// <summary>Returns the verdict that follows from the link and the server alone; null when they determine none.</summary>
    private static Verdict? Named(Observation seen, bool inEpisode, bool cold) => seen.Link switch
    {
        LinkState.Unreachable when inEpisode => Verdict.Unreachable,
        LinkState.Down when inEpisode => Verdict.Disconnected,
        _ when cold => Verdict.Resyncing,
        _ when seen.Diverged && inEpisode => Verdict.Diverged,
        _ => null,
    };

    /// <summary>Returns the verdict in an episode whose cause is fixed, but not for long enough, or with purges still missing.</summary>
    private static Verdict Recovering(Verdict previous, bool isHealthy) => isHealthy ? previous : Verdict.Lagging;

    private static Verdict WithoutProblem(Verdict previous, bool settled, Observation seen, RegionOptions options) => seen switch
    {
        _ when previous == Verdict.Resyncing && !settled => Verdict.Resyncing,
        { Received: false } or { Seen: false } => Verdict.Unknown,
        _ when seen.MessageAge >= options.BusSilentAfter => Verdict.BusSilent,
        _ => Verdict.Converged,
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
