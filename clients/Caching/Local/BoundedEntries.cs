using BitFaster.Caching;
using BitFaster.Caching.Lru;

namespace LastMile.Events.Caching.Local;

/// <summary>
/// Entries in memory, bounded in bytes and to one entry for each KiB. It evicts the least recently used ones. Thread-safe.
/// </summary>
internal sealed class BoundedEntries
{
    private const int BytesPerEntry = 1_024;
    private const int MostEntries = 1 << 20;
    private const int Trimmed = 16;

    private readonly ConcurrentLru<string, Place> entries;
    private readonly IAlternateLookup<ReadOnlySpan<char>, string, Place> bySpan;
    private readonly long maximum;
    private long bytes;

    /// <summary>Creates an empty store.</summary>
    /// <param name="maximum">The greatest sum of the entries' sizes, in bytes.</param>
    public BoundedEntries(long maximum)
    {
        this.maximum = maximum;
        var capacity = (int)Math.Min(maximum / BytesPerEntry, MostEntries);
        entries = new ConcurrentLru<string, Place>(Environment.ProcessorCount, capacity, StringComparer.Ordinal);
        bySpan = entries.GetAlternateLookup<ReadOnlySpan<char>>();
        entries.Events.Value!.ItemRemoved += (_, removed) => Interlocked.Add(ref bytes, -removed.Value!.Evict());
    }

    /// <summary>The sum of the entries' sizes, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Returns the entry of a key; null for none.</summary>
    public LocalEntry? Get(string key) => entries.TryGet(key, out var place) ? place.Entry : null;

    /// <inheritdoc cref="Get(string)"/>
    public LocalEntry? Get(ReadOnlySpan<char> key) => bySpan.TryGet(key, out var place) ? place.Entry : null;

    /// <summary>Stores an entry, in place of the key's earlier one.</summary>
    /// <remarks>
    /// There is no removal: the library would keep a removed value in its queues, uncounted. The owner of the entries invalidates them.
    /// </remarks>
    /// <returns>Whether it was stored; false if it is larger than the bound.</returns>
    public bool Set(string key, LocalEntry entry)
    {
        if (entry.Size > maximum)
            return false;

        // A place that is evicted meanwhile accepts nothing.
        int added;
        while (!entries.GetOrAdd(key, static _ => new Place()).TryReplace(entry, out added))
        {
        }

        Interlocked.Add(ref bytes, added);
        // The library bounds the number of entries only. Where several threads trim, another one may have trimmed enough.
        for (var before = Bytes; before > maximum; before = Bytes)
        {
            entries.Policy.Eviction.Value!.Trim(Trimmed);
            if (Bytes >= before)
                break;
        }

        return true;
    }

    /// <summary>
    /// The place of a key. The library's events can't count replaced values exactly, because a value may be evicted while it is replaced. A
    /// place is evicted once. Thread-safe.
    /// </summary>
    private sealed class Place
    {
        private readonly Lock gate = new();
        private volatile LocalEntry? entry;
        private bool isEvicted;

        public LocalEntry? Entry => entry;

        /// <summary>Replaces the entry.</summary>
        /// <param name="next">The new entry.</param>
        /// <param name="added">By how many bytes the place grew.</param>
        /// <returns>Whether it was replaced; false if the place is evicted.</returns>
        public bool TryReplace(LocalEntry next, out int added)
        {
            lock (gate)
            {
                added = isEvicted ? 0 : next.Size - (entry?.Size ?? 0);
                entry = isEvicted ? null : next;
                return !isEvicted;
            }
        }

        /// <summary>Empties the place.</summary>
        /// <returns>The size of its entry.</returns>
        public int Evict()
        {
            lock (gate)
            {
                var size = entry?.Size ?? 0;
                (entry, isEvicted) = (null, true);
                return size;
            }
        }
    }
}
