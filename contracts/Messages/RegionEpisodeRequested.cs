namespace LastMile.Events.Messages;

/// <summary>
/// A request for a region's open episode. An agent or application sends it at start, because it missed earlier alerts. It is sent to the
/// queue <c>lastmile.episodes.{lineage}</c>, and any Invalidator of the lineage responds with <see cref="RegionEpisodeReported"/>.
/// </summary>
/// <param name="Region">The region's name.</param>
public sealed record RegionEpisodeRequested(string Region)
{
    /// <summary>The lineage whose alerts the request is about.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}

/// <summary>The open episode of a region, according to its alerts.</summary>
/// <param name="Region">The region's name.</param>
/// <param name="Open">The newest alert of the open episode; null if none is open.</param>
/// <param name="AgeMilliseconds">How long ago the open episode began, by the database's clock; 0 if none is open.</param>
public sealed record RegionEpisodeReported(string Region, ReplicaLagDetected? Open, double AgeMilliseconds)
{
    /// <summary>
    /// Earlier episodes without an end, the newest first; empty for none. An agent that took over and got no response in time began another
    /// episode. The next agent ends them when the region is healthy.
    /// </summary>
    public IReadOnlyList<RegionEpisodeReported> Earlier { get; init; } = [];

    /// <summary>The lineage, as requested.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}
