using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Interprets the memory settings and usage of the region's Redis.</summary>
internal static class MemoryWarning
{
    /// <summary>
    /// Returns why the region may lose tag generations or refuse purges, and the setting that fixes it; null when neither applies.
    /// </summary>
    /// <param name="memory">The server's memory settings and usage.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Of(MemoryInfo memory, string address) => memory switch
    {
        { EvictsKeysWithoutTtl: true } =>
            $"The region's Redis {address} may evict tag generations (lm:*:tag:*), which makes entries of an older generation valid again, "
                + $"because its maxmemory-policy is {memory.Policy}. Set 'maxmemory-policy volatile-lru' on it and give every entry a TTL.",
        { Policy: "noeviction", IsNearlyFull: true } =>
            $"The region's Redis {address} uses {memory.UsedPercent} % of its maxmemory and evicts nothing. A full Redis refuses purges. "
                + "Set 'maxmemory-policy volatile-lru' on it, or raise maxmemory.",
        _ => null,
    };
}
