using System.Runtime.InteropServices;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// Counts the purges of all names, in a fixed number of slots that names share by hash. An entry keeps the <see cref="Stamp"/> that its
/// names had before it was read, and is valid while they still have it. So a purge costs nothing per entry, a read in flight needs no
/// placeholder, and a purge that arrives during a load wins. A slot shared by two names costs a needless miss. Thread-safe.
/// </summary>
internal sealed class PurgeTable(TimeProvider time)
{
    // 4 MiB for each array. A purge invalidates one unrelated entry in a million.
    private const int Slots = 1 << 20;

    private readonly int[] counts = new int[Slots];
    private readonly int[] seconds = new int[Slots];
    private readonly long started = time.GetTimestamp();
    private readonly Lock gate = new();
    private int resets;
    private int resetSecond;
    private Watermark newest;

    /// <summary>Called after every entry was invalidated. It must not block, because no purge is received until it returns.</summary>
    public Action? Invalidated { get; set; }

    /// <summary>The newest watermark received since the last reset; <c>default</c> for none.</summary>
    public Watermark Newest
    {
        get
        {
            lock (gate)
                return newest;
        }
    }

    /// <summary>Returns the slot of a key, or of a tag's generation key.</summary>
    public static int SlotOf(ReadOnlySpan<char> name) => SlotOf(PurgeMessage.HashOf(name));

    /// <summary>Returns the current stamp of a name and the names that it depends on.</summary>
    /// <param name="slot">The slot of the name.</param>
    /// <param name="others">The slots of the other names.</param>
    public Stamp StampOf(int slot, ReadOnlySpan<int> others)
    {
        // The order matters: a reset after this read must be noticed.
        var reset = Volatile.Read(ref resets);
        return new Stamp(reset, Volatile.Read(ref counts[slot]) + SumOf(others));
    }

    /// <summary>Returns whether some names still have a stamp.</summary>
    /// <param name="stamp">The stamp.</param>
    /// <param name="slot">The slot of the name.</param>
    /// <param name="others">The slots of the other names.</param>
    public bool Stands(Stamp stamp, int slot, ReadOnlySpan<int> others) =>
        Volatile.Read(ref resets) == stamp.Resets && Volatile.Read(ref counts[slot]) + SumOf(others) == stamp.Sum;

    /// <summary>Returns the number of purges of some names.</summary>
    public long SumOf(ReadOnlySpan<int> slots)
    {
        var sum = 0L;
        foreach (var slot in slots)
            sum += Volatile.Read(ref counts[slot]);
        return sum;
    }

    /// <summary>Returns whether one of some names was purged, or every entry invalidated, within a time.</summary>
    public bool WasPurgedWithin(TimeSpan span, int slot, ReadOnlySpan<int> others)
    {
        var since = Second - (int)Math.Ceiling(span.TotalSeconds);
        var latest = Math.Max(Volatile.Read(ref resetSecond), Volatile.Read(ref seconds[slot]));
        foreach (var other in others)
            latest = Math.Max(latest, Volatile.Read(ref seconds[other]));
        return latest > 0 && latest >= since;
    }

    /// <summary>Invalidates every entry, because purges may have been missed.</summary>
    /// <param name="shown">The watermark whose purges are covered by that; <c>default</c> if unknown.</param>
    public void Reset(Watermark shown = default)
    {
        lock (gate)
            newest = shown;
        InvalidateAll();
    }

    /// <summary>Invalidates the entries of one name.</summary>
    public void Purge(int slot)
    {
        Volatile.Write(ref seconds[slot], Second);
        Interlocked.Increment(ref counts[slot]);
    }

    /// <summary>Invalidates the entries of one name because its value was replaced. This is no purge: the new value is not old.</summary>
    public void Invalidate(int slot) => Interlocked.Increment(ref counts[slot]);

    /// <summary>Invalidates the entries that a message names. Messages must not overlap.</summary>
    /// <returns>Whether the message is the next one, and readable. If not, every entry was invalidated.</returns>
    public bool Receive(ReadOnlySpan<byte> body)
    {
        if (!PurgeMessage.TryParse(body, out var message, out var hashes))
        {
            Reset();
            return false;
        }

        var isNext = Advance(message.Watermark);
        if (!isNext || message.All)
            InvalidateAll();
        foreach (var hash in MemoryMarshal.Cast<byte, uint>(hashes))
            Purge(SlotOf(hash));
        return isNext;
    }

    // Starts at 1, so that 0 means never.
    private int Second => 1 + (int)time.GetElapsedTime(started).TotalSeconds;

    private void InvalidateAll()
    {
        Volatile.Write(ref resetSecond, Second);
        Interlocked.Increment(ref resets);
        Invalidated?.Invoke();
    }

    // A message without a watermark has no place in the sequence. A new epoch may follow purges that did not arrive.
    private bool Advance(Watermark? watermark)
    {
        if (watermark is not { } next)
            return true;
        lock (gate)
        {
            var isNext = newest == default || (next.Epoch == newest.Epoch && next.Sequence == newest.Sequence + 1);
            newest = next;
            return isNext;
        }
    }

    private static int SlotOf(uint hash) => (int)(hash & (Slots - 1));
}

/// <summary>The number of purges of some names.</summary>
/// <param name="Resets">How often every entry was invalidated.</param>
/// <param name="Sum">The purges of the names.</param>
internal readonly record struct Stamp(int Resets, long Sum);
