namespace LastMile.Events.Messages;

/// <summary>
/// A region's agent was down for longer than the purge log reaches back, so the purges that the region lacks are unknown. An agent
/// publishes this each time it detects the loss.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="After">The last purge that the region is known to have.</param>
/// <param name="UpTo">The position from which the purges are known again.</param>
/// <param name="Dropped">
/// Whether the agent dropped the region's whole cache. If not (<c>Region:OnLostPurges</c> = <c>Alert</c>), the cache may hold stale entries
/// until they expire.
/// </param>
/// <param name="At">When the agent detected the loss, by its clock.</param>
public sealed record RegionPurgesLost(string Region, RegionWatermark After, RegionWatermark UpTo, bool Dropped, DateTimeOffset At)
{
    /// <summary>The lineage of the purges: <c>Invalidator:Lineage</c> of their database.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}
