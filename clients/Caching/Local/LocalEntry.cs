using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Serialization;
using LastMile.Events.Caching.Timing;

namespace LastMile.Events.Caching.Local;

/// <summary>A value in memory.</summary>
/// <param name="Value">The value.</param>
/// <param name="Slot">The key's slot in the <see cref="PurgeTable"/>.</param>
/// <param name="TagSlots">The slots of the tags that the value depends on.</param>
/// <param name="HashSlots">In a cluster, the hash slots of the key and of the tags' generations; otherwise empty.</param>
/// <param name="Stamp">The stamp of these slots before the value was read.</param>
/// <param name="ExpiresAt">The time at which the entry expires, by the <see cref="CoarseClock"/>.</param>
/// <param name="Size">The approximate memory that the entry takes with its key, in bytes.</param>
internal sealed record LocalEntry(StoredValue Value, int Slot, int[] TagSlots, int[] HashSlots, Stamp Stamp, long ExpiresAt, int Size);
