namespace LastMile.Events.Messages;

/// <summary>
/// A region's agent has not reported for <c>Invalidator:SilentAfter</c> (5 s by default), so the region's purges are neither proven nor
/// repaired. One Invalidator publishes it, once until the next <see cref="RegionBack"/>.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="Since">When its last report arrived, by the database's clock.</param>
/// <param name="At">When the alert was raised, by the Invalidator's clock.</param>
public sealed record RegionSilent(string Region, DateTimeOffset Since, DateTimeOffset At)
{
    /// <summary>The lineage whose purges the alert is about.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}

/// <summary>A silent region's agent reports again. The region may still be behind: see its verdict.</summary>
/// <param name="Region">The region's name.</param>
/// <param name="SilentMilliseconds">How long no report arrived, by the database's clock.</param>
/// <param name="At">When the alert was raised, by the Invalidator's clock.</param>
public sealed record RegionBack(string Region, double SilentMilliseconds, DateTimeOffset At)
{
    /// <summary>The lineage whose purges the alert is about.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}
