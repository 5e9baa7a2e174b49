using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>The verdict and the state that the next one depends on.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Since">When the verdict last changed.</param>
/// <param name="HealthySince">Since when the region has been healthy; null while it has a problem.</param>
/// <param name="SyncedAt">When a full resync was last observed; null for never.</param>
/// <param name="Episode">The open episode; null for none.</param>
/// <param name="Observation">The observation that led to the verdict.</param>
internal sealed record VerdictState(
    Verdict Verdict, Moment Since, Moment? HealthySince, Moment? SyncedAt, Episode? Episode, Observation Observation)
{
    /// <summary>
    /// Returns whether readers may use the region's cache: purges arrive there, and are not critically late. Null while the agent does not
    /// know which purges the region has applied.
    /// </summary>
    /// <param name="silentAfter">
    /// The age of the last message from the bus at which purges may be missing; null in a region that receives them by replication.
    /// </param>
    public bool? IsSound(TimeSpan? silentAfter)
    {
        if (Episode?.Severity == LagSeverity.Critical || (Observation.Received && Observation.MessageAge >= silentAfter))
            return false;
        return Observation.Seen && (Observation.Received || silentAfter is null) ? true : null;
    }

    /// <summary>Returns the state before the first verdict.</summary>
    public static VerdictState Start(Moment now) =>
        new(Verdict.Unknown, now, null, null, null, new Observation { Now = now, Link = LinkState.Unreachable });
}

/// <summary>A period with problems, from its first alert to its recovery.</summary>
/// <param name="Id">The id that all its alerts share.</param>
/// <param name="Severity">The worst severity so far. It never falls during the episode.</param>
/// <param name="Since">When the problem began, which is before it reached its threshold.</param>
/// <param name="WorstLag">The greatest lag so far.</param>
/// <param name="Late">Batches that arrived late so far.</param>
/// <param name="Repaired">Keys that the agent itself dropped so far.</param>
internal sealed record Episode(Guid Id, LagSeverity Severity, Moment Since, TimeSpan WorstLag, long Late, long Repaired)
{
    /// <summary>Replicated commands that the region's Redis refused so far.</summary>
    public long Refused { get; init; }
}
