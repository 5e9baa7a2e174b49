using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>A process of an application that reads through its region's cache, in its memory and in Redis.</summary>
/// <param name="Region">The region.</param>
/// <param name="Storefront">The process.</param>
internal sealed record Reader(Region Region, Service Storefront);
