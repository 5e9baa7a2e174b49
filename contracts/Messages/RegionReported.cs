namespace LastMile.Events.Messages;

/// <summary>
/// Said by a region's working agent: how the region stands. Each second, and at once when something changes; while it goes on changing ten
/// times a second.
/// </summary>
/// <param name="Region">The region's name, such as <c>ams</c>.</param>
/// <param name="Agent">The agent's instance name: unique among those that run.</param>
/// <param name="Topology"><c>Replicated</c> or <c>Independent</c>.</param>
/// <param name="Verdict">The agent's verdict, such as <c>Converged</c> or <c>Lagging</c>.</param>
/// <param name="Shown">The watermark that the region's Redis shows; null when it shows none.</param>
/// <param name="Applied">
/// Up to where the agent knows of every purge, what it is, and that it is done, by replication or by the agent: of purges by prefix
/// only this is proof. Null when nothing is known yet.
/// </param>
/// <param name="At">When, by the agent's clock: for people.</param>
public sealed record RegionReported(
    string Region, string Agent, string Topology, string Verdict, RegionWatermark? Shown, RegionWatermark? Applied, DateTimeOffset At)
{
    /// <summary>The severity of the open episode; null when none is open.</summary>
    public LagSeverity? Severity { get; init; }

    /// <summary>State of the replication link.</summary>
    public LinkState Link { get; init; }

    /// <summary>How long before the report the newest of <see cref="Shown"/> and <see cref="Applied"/> came about, in milliseconds, by the agent's monotonic clock.</summary>
    public double AgoMilliseconds { get; init; }

    /// <summary>The age of the oldest purge that the region has not applied, in milliseconds; 0 when it has applied all.</summary>
    public double LagMilliseconds { get; init; }

    /// <summary>The greatest lag since the report before.</summary>
    public double WorstLagMilliseconds { get; init; }

    /// <summary>Replication stream that the region has not received, in bytes; null where that is not known.</summary>
    public long? BehindBytes { get; init; }

    /// <summary>The purge by prefix or of everything that the agent works on; null for none.</summary>
    public RegionScan? Scan { get; init; }
}

/// <summary>A watermark on the bus: a place in an epoch.</summary>
/// <param name="Epoch">The epoch, 1 or greater.</param>
/// <param name="Sequence">The place in it, 0 or greater.</param>
public sealed record RegionWatermark(long Epoch, long Sequence);

/// <summary>How far an agent's scan of its region's Redis is.</summary>
/// <param name="BatchId">The purge that asked for it.</param>
/// <param name="Seen">Keys looked at so far.</param>
/// <param name="Dropped">Keys dropped so far.</param>
public sealed record RegionScan(Guid BatchId, long Seen, long Dropped);
