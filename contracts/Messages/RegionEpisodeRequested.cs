namespace LastMile.Events.Messages;

/// <summary>
/// Asked by whoever starts and must know whether a region is in trouble just now: alerts of before were told to others. Any Invalidator
/// answers with <see cref="RegionEpisodeReported"/>.
/// </summary>
/// <param name="Region">The region's name.</param>
public sealed record RegionEpisodeRequested(string Region);

/// <summary>The newest episode of a region, as far as its alerts have told.</summary>
/// <param name="Region">The region's name.</param>
/// <param name="Open">The newest alert of the episode that is open; null when none is.</param>
/// <param name="AgoMilliseconds">How long ago the open episode began, by the database's clock; 0 when none is open.</param>
public sealed record RegionEpisodeReported(string Region, ReplicaLagDetected? Open, double AgoMilliseconds);
