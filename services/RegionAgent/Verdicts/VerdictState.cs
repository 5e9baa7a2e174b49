using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>Where judgement stands.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Since">Since when it holds.</param>
/// <param name="CalmSince">Since when nothing is wrong; null while something is.</param>
/// <param name="SyncedAt">When a full resync was last seen to run; null for never.</param>
/// <param name="Episode">The episode that is open; null when none is.</param>
/// <param name="Observation">What it was judged from.</param>
internal sealed record VerdictState(Verdict Verdict, Moment Since, Moment? CalmSince, Moment? SyncedAt, Episode? Episode, Observation Observation)
{
    /// <summary>Before the first judgement.</summary>
    public static VerdictState Start(Moment now) =>
        new(Verdict.Unknown, now, null, null, null, new Observation { Now = now, Link = LinkState.Unreachable });
}

/// <summary>A run of trouble, from its first alert to its recovery.</summary>
/// <param name="Id">The same in all alerts of it.</param>
/// <param name="Severity">The worst so far: it rises, and does not fall before the end.</param>
/// <param name="Since">When the trouble began: before it was called trouble.</param>
/// <param name="WorstLag">The greatest lag so far.</param>
/// <param name="Late">Batches that arrived late so far.</param>
/// <param name="Repaired">Keys that the agent dropped itself so far.</param>
internal sealed record Episode(Guid Id, LagSeverity Severity, Moment Since, TimeSpan WorstLag, long Late, long Repaired)
{
    /// <summary>Replicated commands that the region's Redis refused so far.</summary>
    public long Refused { get; init; }
}
