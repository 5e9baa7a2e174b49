namespace LastMile.Events.Messages;

/// <summary>
/// The state of a region. The region's leader publishes it every second and immediately after a change, at most ten times a second.
/// </summary>
/// <param name="Region">The region's name, such as <c>ams</c>.</param>
/// <param name="Agent">The agent's instance name, unique among running instances.</param>
/// <param name="Topology"><c>Replicated</c>, <c>Independent</c> or <c>ReadOnly</c>.</param>
/// <param name="Verdict">The agent's verdict, such as <c>Converged</c> or <c>Lagging</c>.</param>
/// <param name="Shown">The watermark in the region's Redis; null if it has none.</param>
/// <param name="Applied">
/// The position up to which the agent knows every purge and knows that it was applied, by replication or by the agent. Only this
/// proves purges by prefix. Null if it is not known yet.
/// </param>
/// <param name="At">When the report was made, by the agent's clock; informational.</param>
public sealed record RegionReported(
    string Region, string Agent, string Topology, string Verdict, RegionWatermark? Shown, RegionWatermark? Applied, DateTimeOffset At)
{
    /// <summary>The lineage whose purges the report is about. An agent sends one report for each of its lineages.</summary>
    public string Lineage { get; init; } = LineageName.Default;

    /// <summary>The severity of the open episode; null if none is open.</summary>
    public LagSeverity? Severity { get; init; }

    /// <summary>State of the replication link.</summary>
    public LinkState Link { get; init; }

    /// <summary>
    /// The age of the newer of <see cref="Shown"/> and <see cref="Applied"/> at the time of the report, in milliseconds, by the agent's
    /// monotonic clock.
    /// </summary>
    public double AgeMilliseconds { get; init; }

    /// <summary>The age of the oldest purge that the region has not applied, in milliseconds; 0 if it has applied all.</summary>
    public double LagMilliseconds { get; init; }

    /// <summary>The greatest lag since the previous report, in milliseconds.</summary>
    public double WorstLagMilliseconds { get; init; }

    /// <summary>Replication stream that the region has not received, in bytes; null if unknown.</summary>
    public long? BehindBytes { get; init; }

    /// <summary>The scan for the agent's current purge by prefix or of everything; null for none.</summary>
    public RegionScan? Scan { get; init; }
}

/// <summary>A watermark on the bus: a place in an epoch.</summary>
/// <param name="Epoch">The epoch, 1 or greater.</param>
/// <param name="Sequence">The place in it, 0 or greater.</param>
public sealed record RegionWatermark(long Epoch, long Sequence);

/// <summary>The progress of an agent's scan of its region's Redis.</summary>
/// <param name="BatchId">The purge that requires the scan.</param>
/// <param name="Seen">Keys scanned so far.</param>
/// <param name="Dropped">Keys dropped so far.</param>
public sealed record RegionScan(Guid BatchId, long Seen, long Dropped);
