using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The gaps that were closed although the log did not contain all of their sequences. An Invalidator that was slow may log one of them
/// after all. The bus then announces it; an agent without the bus must request it again. Thread-safe, in bounded memory.
/// </summary>
internal sealed class SkippedSequences(TimeProvider time)
{
    internal const int Capacity = 100;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Last = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Queue<Skipped> gaps = new();

    /// <summary>Records a gap that a complete page has closed, unless the page contains every sequence of it.</summary>
    /// <param name="gap">The gap.</param>
    /// <param name="batches">The batches of the page, in the gap.</param>
    public void Add(Gap gap, IReadOnlyCollection<PurgeApplied> batches)
    {
        if (gap.After.Epoch == gap.UpTo.Epoch && batches.Count >= gap.UpTo.Sequence - gap.After.Sequence)
            return;
        lock (gate)
        {
            gaps.Enqueue(new(gap, [.. batches.Select(batch => batch.BatchId)], time.GetTimestamp()));
            if (gaps.Count > Capacity)
                gaps.Dequeue();
        }
    }

    /// <summary>
    /// Returns the gaps to request again: after one second, then after twice the time, up to a minute. Each is due once at each time.
    /// </summary>
    public IReadOnlyList<Skipped> Due()
    {
        lock (gate)
        {
            while (gaps.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) > 2 * Last)
                gaps.Dequeue();
            return [.. gaps.Where(IsDue)];
        }
    }

    private bool IsDue(Skipped skipped)
    {
        if (skipped.NextAfter > Last || time.GetElapsedTime(skipped.Since) < skipped.NextAfter)
            return false;
        skipped.NextAfter *= 2;
        return true;
    }

    /// <summary>A closed gap.</summary>
    /// <param name="gap">The gap.</param>
    /// <param name="known">The ids of the batches that it contained.</param>
    /// <param name="since">The timestamp at which it was closed.</param>
    internal sealed class Skipped(Gap gap, HashSet<Guid> known, long since)
    {
        public Gap Gap => gap;

        public long Since => since;

        public TimeSpan NextAfter { get; set; } = First;

        /// <summary>Returns the batches of the gap that were not known, and records them as known.</summary>
        public IReadOnlyList<PurgeApplied> TakeNew(IEnumerable<PurgeApplied> batches) =>
        [
            .. batches.Where(batch => new Watermark(batch.Epoch, batch.Sequence) <= gap.UpTo && known.Add(batch.BatchId)),
        ];
    }
}
