using LastMile.Events.Caching.Purges;
using Microsoft.Extensions.Caching.Hybrid;

namespace LastMile.Events.Caching.Loading;

/// <summary>A read through the cache.</summary>
/// <param name="Key">The key.</param>
/// <param name="Tags">The tags that the value is known to depend on.</param>
/// <param name="TagSlots">Their slots in the <see cref="PurgeTable"/>.</param>
/// <param name="HashSlots">In a cluster, the hash slots of the key and of the tags' generations; otherwise empty.</param>
/// <param name="Note">The stamp of the key and the tags before the read; null while this process does not receive purges.</param>
/// <param name="Flags">What the read may use.</param>
/// <param name="Expiration">How long the entry lives in the region's Redis.</param>
/// <param name="LocalExpiration">How long it lives in this process' memory.</param>
internal sealed record EntryRequest(
    string Key,
    string[] Tags,
    int[] TagSlots,
    int[] HashSlots,
    Stamp? Note,
    HybridCacheEntryFlags Flags,
    TimeSpan Expiration,
    TimeSpan LocalExpiration)
{
    /// <summary>Whether the read may use an entry of the region.</summary>
    public bool ReadsRegion => !Has(HybridCacheEntryFlags.DisableDistributedCacheRead);

    /// <summary>Whether the read may load the value and fill the key.</summary>
    public bool FillsRegion =>
        !Has(HybridCacheEntryFlags.DisableDistributedCacheWrite) && !Has(HybridCacheEntryFlags.DisableUnderlyingData);

    /// <summary>Whether a loaded value may be kept, in the region or in memory.</summary>
    public bool Keeps => FillsRegion || !Has(HybridCacheEntryFlags.DisableLocalCacheWrite);

    /// <summary>Returns whether a flag is set.</summary>
    public bool Has(HybridCacheEntryFlags flag) => (Flags & flag) == flag;
}
