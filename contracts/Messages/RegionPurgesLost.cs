namespace LastMile.Events.Messages;

/// <summary>
/// A region's agent was away for longer than the purge log reaches back, so nobody can tell which purges the region lacks. Published
/// each time this is found.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="After">The last purge that the region is known to have.</param>
/// <param name="UpTo">The first place from which on it is known again what was purged.</param>
/// <param name="Dropped">Whether the agent dropped the region's whole cache; if not (<c>Region:OnLostPurges</c> = <c>Alert</c>), it may hold stale entries until their end.</param>
/// <param name="At">When, by the agent's clock.</param>
public sealed record RegionPurgesLost(string Region, RegionWatermark After, RegionWatermark UpTo, bool Dropped, DateTimeOffset At);
