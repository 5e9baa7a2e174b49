using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Serialization;
using LastMile.Events.Caching.Timing;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Local;

/// <summary>The values in this process' memory, bounded in bytes. Thread-safe.</summary>
internal sealed class LocalStore
{
    // The approximate size of an entry without its key and value.
    private const int Overhead = 200;

    // Far from an overflow.
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(366);

    private readonly PurgeTable table;
    private readonly PurgeFeed feed;
    private readonly RegionSoundness soundness;
    private readonly TimeProvider time;
    private volatile BoundedEntries entries;

    public LocalStore(
        PurgeTable table, PurgeFeed feed, RegionSoundness soundness, IOptions<LastMileCacheOptions> options, TimeProvider time)
    {
        (this.table, this.feed, this.soundness, this.time) = (table, feed, soundness, time);
        entries = new BoundedEntries(options.Value.MaximumLocalBytes);
        // Otherwise the dead values would fill the memory. Clearing a full store takes a while in which no purge would be received, so the
        // garbage collector gets the old one.
        table.Invalidated = () => entries = new BoundedEntries(options.Value.MaximumLocalBytes);
    }

    /// <summary>The bytes that values take.</summary>
    public long Size => entries.Bytes;

    /// <summary>Returns the valid value of a key; null for none.</summary>
    public StoredValue? Get(string? key) => key is null ? null : Valid(entries.Get(key));

    /// <inheritdoc cref="Get(string)"/>
    public StoredValue? Get(ReadOnlySpan<char> key) => Valid(entries.Get(key));

    /// <summary>Notes the state of some names before a read. Call it before anything is read for the value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tagSlots">The slots of the tags that the value depends on.</param>
    /// <returns>The note; null while the process does not receive purges, when no value may be kept.</returns>
    public Stamp? Note(string key, ReadOnlySpan<int> tagSlots)
    {
        // Read the stamp first: a connection lost after that resets the table.
        var stamp = table.StampOf(PurgeTable.SlotOf(key), tagSlots);
        return feed.Trust.Holds ? stamp : null;
    }

    /// <summary>Returns whether no name was purged since a note.</summary>
    public bool Stands(string key, ReadOnlySpan<int> tagSlots, Stamp stamp) =>
        feed.Trust.Holds && table.Stands(stamp, PurgeTable.SlotOf(key), tagSlots);

    /// <summary>Keeps a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="tagSlots">The slots of the tags that the value depends on.</param>
    /// <param name="hashSlots">In a cluster, the hash slots of all names; otherwise empty.</param>
    /// <param name="stamp">The note from before the read.</param>
    /// <param name="lifetime">How long it may be served.</param>
    public void Keep(string key, StoredValue value, int[] tagSlots, int[] hashSlots, Stamp stamp, TimeSpan lifetime)
    {
        lifetime = lifetime < LongestLifetime ? lifetime : LongestLifetime;
        var size = Overhead + (key.Length * sizeof(char)) + value.Length;
        var expiresAt = CoarseClock.EndOf(CoarseClock.Now, lifetime);
        var slot = PurgeTable.SlotOf(key);
        // An older value must not stay in place of one that is too large.
        if (!entries.Set(key, new LocalEntry(value, slot, tagSlots, hashSlots, stamp, expiresAt, size)))
            table.Invalidate(slot);
    }

    /// <summary>Returns whether a name was purged since a flight began.</summary>
    public bool WasPurgedSince(long timestamp, string key, ReadOnlySpan<int> slots) =>
        !feed.Trust.Holds || table.WasPurgedWithin(time.GetElapsedTime(timestamp), PurgeTable.SlotOf(key), slots);

    // Read the stamp last: if the feed was lost and is back, the table was reset before the trust returned.
    private StoredValue? Valid(LocalEntry? entry) =>
        entry is not null && CoarseClock.Now < Math.Min(entry.ExpiresAt, Math.Min(feed.Trust.EndsAt, soundness.EndsAt(entry.HashSlots)))
            && table.Stands(entry.Stamp, entry.Slot, entry.TagSlots)
            ? entry.Value
            : null;
}
