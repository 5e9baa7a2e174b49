namespace LastMile.Events.Messages;

/// <summary>The severity of a region's lag.</summary>
public enum LagSeverity
{
    /// <summary>Purges arrive late.</summary>
    Warning,

    /// <summary>Purges are so late that applications should not serve from the region's cache.</summary>
    Critical,
}

/// <summary>The state of the replication link from a region's Redis to its primary.</summary>
public enum LinkState
{
    /// <summary>The link carries writes. Also used in the independent topology, which has no link.</summary>
    Up,

    /// <summary>The replica has lost its primary.</summary>
    Down,

    /// <summary>A full resync is replacing the region's cache.</summary>
    Syncing,

    /// <summary>The region's Redis does not answer the agent.</summary>
    Unreachable,
}

/// <summary>
/// A region has fallen behind. Published once per episode, and again if its severity rises; a <see cref="ReplicaLagRecovered"/> ends the
/// episode.
/// </summary>
/// <param name="Episode">The episode's id, the same in all its alerts.</param>
/// <param name="Region">The region's name.</param>
/// <param name="Severity">The severity of the lag.</param>
/// <param name="BehindBatches">
/// Purge batches that the region is known not to have applied; 0 if the link is down and nothing was purged since.
/// </param>
/// <param name="LagMilliseconds">The age of the oldest of them, by the agent's monotonic clock.</param>
/// <param name="BehindBytes">
/// Replication stream not yet received, in bytes; null if it can't be known, because the agent can't reach the primary.
/// </param>
/// <param name="Link">The state of the region's replication link.</param>
/// <param name="Since">When the trouble began, by the agent's clock.</param>
/// <param name="At">When the alert was raised, by the agent's clock.</param>
public sealed record ReplicaLagDetected(
    Guid Episode,
    string Region,
    LagSeverity Severity,
    long BehindBatches,
    double LagMilliseconds,
    long? BehindBytes,
    LinkState Link,
    DateTimeOffset Since,
    DateTimeOffset At)
{
    /// <summary>The lineage whose purges the alert is about.</summary>
    public string Lineage { get; init; } = LineageName.Default;

    /// <summary>
    /// Replicated commands that the region's Redis has refused, most often because it is at <c>maxmemory</c>; 0 for none. Until it accepts
    /// them again, its watermark proves nothing, and the agent applies the purges itself.
    /// </summary>
    public long RefusedCommands { get; init; }
}

/// <summary>A region has caught up: every purge has arrived there.</summary>
/// <param name="Episode">The episode that ends.</param>
/// <param name="Region">The region's name.</param>
/// <param name="Worst">The worst severity of the episode.</param>
/// <param name="DurationMilliseconds">How long the episode lasted, by the agent's monotonic clock.</param>
/// <param name="WorstLagMilliseconds">The greatest lag of the episode, in milliseconds.</param>
/// <param name="LatePurges">Purge batches that arrived late.</param>
/// <param name="At">When the region was judged converged, by the agent's clock.</param>
public sealed record ReplicaLagRecovered(
    Guid Episode,
    string Region,
    LagSeverity Worst,
    double DurationMilliseconds,
    double WorstLagMilliseconds,
    long LatePurges,
    DateTimeOffset At)
{
    /// <summary>The lineage whose purges the alert is about.</summary>
    public string Lineage { get; init; } = LineageName.Default;

    /// <summary>
    /// Keys that the agent dropped itself because replication was late. Applications may have written some of them again after the purge.
    /// </summary>
    public long RepairedKeys { get; init; }

    /// <summary>Replicated commands that the region's Redis refused during the episode.</summary>
    public long RefusedCommands { get; init; }
}
