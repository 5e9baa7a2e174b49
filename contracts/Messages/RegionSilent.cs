namespace LastMile.Events.Messages;

/// <summary>
/// Nothing was heard of a region's agent for 5 s: nobody proves its purges or repairs them. Published once by the Invalidators together,
/// until the <see cref="RegionBack"/>.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="Since">When it was last heard, by the database's clock.</param>
/// <param name="At">When this was raised, by the Invalidator's clock.</param>
public sealed record RegionSilent(string Region, DateTimeOffset Since, DateTimeOffset At);

/// <summary>A silent region's agent reports again. What it reports is another matter: see its verdict.</summary>
/// <param name="Region">The region's name.</param>
/// <param name="SilentMilliseconds">How long nothing was heard, by the database's clock.</param>
/// <param name="At">When this was raised, by the Invalidator's clock.</param>
public sealed record RegionBack(string Region, double SilentMilliseconds, DateTimeOffset At);
