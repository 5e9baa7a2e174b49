using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>The pending purges of the region, the oldest first, in bounded memory. Not thread-safe.</summary>
internal sealed class PendingPurges(TimeProvider time)
{
    /// <summary>The maximum number of keys and tags. A single purge may have more.</summary>
    public const int MaxNames = 200_000;

    private readonly SortedDictionary<Watermark, PendingPurge> purges = [];
    private int names;

    public int Count => purges.Count;

    /// <summary>Whether less than half of the capacity is used.</summary>
    public bool IsHalfEmpty => names < MaxNames / 2;

    /// <summary>The oldest purge; null for none.</summary>
    public PendingPurge? First => purges.Count > 0 ? purges.First().Value : null;

    /// <summary>The oldest purge that needs a scan; null for none.</summary>
    public PendingPurge? FirstScan => purges.Values.FirstOrDefault(purge => purge.IsScan);

    /// <summary>Whether a purge that needs no scan is pending.</summary>
    public bool HasOrdinary => purges.Values.Any(purge => !purge.IsScan);

    public bool Contains(Watermark watermark) => purges.ContainsKey(watermark);

    public bool HasRoomFor(PendingPurge purge) => purges.Count == 0 || names + purge.Names <= MaxNames;

    public void Add(PendingPurge purge)
    {
        purges.Add(purge.Watermark, purge);
        names += purge.Names;
    }

    public void Remove(PendingPurge purge)
    {
        if (purges.Remove(purge.Watermark))
            names -= purge.Names;
    }

    public void Clear()
    {
        purges.Clear();
        names = 0;
    }

    /// <summary>Returns the purges up to a watermark.</summary>
    public IReadOnlyList<PendingPurge> UpTo(Watermark watermark) => [.. purges.Values.TakeWhile(purge => purge.Watermark <= watermark)];

    /// <summary>Returns the first purge after a watermark; null for none.</summary>
    public PendingPurge? FirstAfter(Watermark watermark) => purges.Values.FirstOrDefault(purge => purge.Watermark > watermark);

    /// <summary>Returns the purges that are due and need no scan, about as many as fit in one script call.</summary>
    /// <param name="minAge">The age from which a purge is due.</param>
    /// <param name="atOnce">Returns whether a watermark's purge is due regardless of its age.</param>
    /// <param name="after">Returns only later purges.</param>
    public IReadOnlyList<PendingPurge> Due(TimeSpan minAge, Predicate<Watermark> atOnce, Watermark after)
    {
        var (due, taken) = (new List<PendingPurge>(), 0);
        foreach (var purge in purges.Values)
        {
            if (taken >= PurgeScript.MaxNames)
                break;
            if (purge.IsScan || purge.Watermark <= after || (time.GetElapsedTime(purge.ReceivedAt) < minAge && !atOnce(purge.Watermark)))
                continue;
            due.Add(purge);
            taken += purge.Names;
        }

        return due;
    }
}
