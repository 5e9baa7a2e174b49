using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>The address of a region's Redis for caches that know nothing of LastMile.</summary>
internal static class RegionAddress
{
    /// <summary>Returns a connection string. A region is a writable replica; only in this mode the client sends it writes.</summary>
    public static string Of(RedisServer region) => $"{region.Endpoint},proxy=Envoyproxy";
}
