namespace LastMile.Events.Fabric;

/// <summary>One region of a <see cref="RegionalFabric"/>.</summary>
/// <param name="Name">As <c>ams</c>.</param>
/// <param name="Redis">The Redis that the region's applications use.</param>
/// <param name="Link">The line that it replicates over; null in the independent topology, or where the options ask for none.</param>
public sealed record Region(string Name, RedisServer Redis, WanLink? Link);
