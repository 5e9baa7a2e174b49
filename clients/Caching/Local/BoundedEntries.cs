using BitFaster.Caching;
using BitFaster.Caching.Lru;

namespace LastMile.Events.Caching.Local;

/// <summary>
/// Entries in memory, of which the least recently used are evicted. Bounded in bytes, and to one entry for each KiB. Thread-safe.
/// </summary>
internal sealed class BoundedEntries
{
    private const int BytesPerEntry = 1_024;
    private const int MostEntries = 1 << 20;
    private const int Trimmed = 16;

    private readonly ConcurrentLru<string, LocalEntry> entries;
    private readonly IAlternateLookup<ReadOnlySpan<char>, string, LocalEntry> bySpan;
    private readonly long maximum;
    private long bytes;

    /// <summary>Creates an empty store.</summary>
    /// <param name="maximum">The greatest sum of the entries' sizes, in bytes.</param>
    public BoundedEntries(long maximum)
    {
        this.maximum = maximum;
        var capacity = (int)Math.Min(maximum / BytesPerEntry, MostEntries);
        entries = new ConcurrentLru<string, LocalEntry>(Environment.ProcessorCount, capacity, StringComparer.Ordinal);
        bySpan = entries.GetAlternateLookup<ReadOnlySpan<char>>();
        var events = entries.Events.Value!;
        events.ItemRemoved += (_, removed) => Interlocked.Add(ref bytes, -removed.Value!.Size);
        events.ItemUpdated += (_, updated) => Interlocked.Add(ref bytes, -updated.OldValue!.Size);
    }

    /// <summary>The sum of the entries' sizes, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Returns the entry of a key; null for none.</summary>
    public LocalEntry? Get(string key) => entries.TryGet(key, out var entry) ? entry : null;

    /// <inheritdoc cref="Get(string)"/>
    public LocalEntry? Get(ReadOnlySpan<char> key) => bySpan.TryGet(key, out var entry) ? entry : null;

    /// <summary>Stores an entry, in place of the key's earlier one.</summary>
    /// <remarks>
    /// There is no removal: the library would keep a removed value in its queues, uncounted. The owner of the entries invalidates them.
    /// </remarks>
    /// <returns>Whether it was stored; false if it is larger than the bound.</returns>
    public bool Set(string key, LocalEntry entry)
    {
        if (entry.Size > maximum)
            return false;

        Interlocked.Add(ref bytes, entry.Size);
        entries.AddOrUpdate(key, entry);
        // The library bounds the number of entries only. Where several threads trim, another one may have trimmed enough.
        for (var before = Bytes; before > maximum; before = Bytes)
        {
            entries.Policy.Eviction.Value!.Trim(Trimmed);
            if (Bytes >= before)
                break;
        }

        return true;
    }
}
