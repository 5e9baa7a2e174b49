namespace LastMile.Events.Messages;

/// <summary>How bad a region's lag is.</summary>
public enum LagSeverity
{
    /// <summary>Purges arrive late.</summary>
    Warning,

    /// <summary>Purges are so late that the region's cache should not be served from.</summary>
    Critical,
}

/// <summary>State of the replication link of a region's Redis to its primary.</summary>
public enum LinkState
{
    /// <summary>The link carries writes. Always so in the independent topology, where there is none.</summary>
    Up,

    /// <summary>The replica has lost its primary.</summary>
    Down,

    /// <summary>A full resync runs: the region's cache is being replaced.</summary>
    Syncing,

    /// <summary>The region's Redis does not answer the agent.</summary>
    Unreachable,
}

/// <summary>
/// A region has fallen behind. Published once for an episode, and once more if its severity rises; the episode's end is a
/// <see cref="ReplicaLagRecovered"/>.
/// </summary>
/// <param name="Episode">The episode: the same in the alerts that belong together.</param>
/// <param name="Region">The region's name.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="BehindSequences">Purge batches that the region is known not to have applied; 0 when the link is down and nothing was purged since.</param>
/// <param name="LagMilliseconds">The age of the oldest of them, by the agent's monotonic clock.</param>
/// <param name="BehindBytes">Replication stream not yet received, in bytes; null when it can't be known (the primary is out of the agent's reach).</param>
/// <param name="Link">State of the region's replication link.</param>
/// <param name="Since">When the trouble began, by the agent's clock.</param>
/// <param name="At">When the alert was raised, by the agent's clock.</param>
public sealed record ReplicaLagDetected(
    Guid Episode,
    string Region,
    LagSeverity Severity,
    long BehindSequences,
    double LagMilliseconds,
    long? BehindBytes,
    LinkState Link,
    DateTimeOffset Since,
    DateTimeOffset At)
{
    /// <summary>
    /// Replicated commands that the region's Redis has refused, most often because it is at <c>maxmemory</c>; 0 for none. Its watermark is no proof
    /// meanwhile: the agent applies the purges itself.
    /// </summary>
    public long RefusedCommands { get; init; }
}

/// <summary>A region has caught up: all that was purged has arrived there.</summary>
/// <param name="Episode">The episode that ends.</param>
/// <param name="Region">The region's name.</param>
/// <param name="Worst">The worst severity of the episode.</param>
/// <param name="DurationMilliseconds">How long the episode lasted, by the agent's monotonic clock.</param>
/// <param name="WorstLagMilliseconds">The greatest lag of the episode.</param>
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
    /// <summary>Keys that the agent dropped itself because replication was late; written again after the purge some of them may have been.</summary>
    public long RepairedKeys { get; init; }

    /// <summary>Replicated commands that the region's Redis refused during the episode.</summary>
    public long RefusedCommands { get; init; }
}
