using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The purges that the region is not known to have applied, the oldest first, in bounded memory. Not thread-safe.</summary>
internal sealed class PendingPurges(TimeProvider time)
{
    /// <summary>The most keys and tags; a single purge may have more.</summary>
    public const int MostNames = 200_000;

    private readonly SortedDictionary<Watermark, PendingPurge> purges = [];
    private int names;

    public int Count => purges.Count;

    /// <summary>Whether there is room for much more.</summary>
    public bool IsHalfEmpty => names < MostNames / 2;

    /// <summary>The oldest; null for none.</summary>
    public PendingPurge? First => purges.Count > 0 ? purges.First().Value : null;

    /// <summary>The oldest that keys must be looked for; null for none.</summary>
    public PendingPurge? FirstScan => purges.Values.FirstOrDefault(purge => purge.IsScan);

    /// <summary>Whether there is one that no scan is needed for.</summary>
    public bool HasOrdinary => purges.Values.Any(purge => !purge.IsScan);

    public bool Contains(Watermark watermark) => purges.ContainsKey(watermark);

    public bool HasRoomFor(PendingPurge purge) => purges.Count == 0 || names + purge.Names <= MostNames;

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

    /// <summary>All up to a place.</summary>
    public IReadOnlyList<PendingPurge> UpTo(Watermark watermark) => [.. purges.Values.TakeWhile(purge => purge.Watermark <= watermark)];

    /// <summary>The first beyond a place; null for none.</summary>
    public PendingPurge? FirstAfter(Watermark watermark) => purges.Values.FirstOrDefault(purge => purge.Watermark > watermark);

    /// <summary>Those that have waited for so long and need no scan, about as many as one call takes.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="atOnce">Places that do not wait.</param>
    public IReadOnlyList<PendingPurge> Due(TimeSpan patience, Predicate<Watermark> atOnce)
    {
        var (due, taken) = (new List<PendingPurge>(), 0);
        foreach (var purge in purges.Values)
        {
            if (taken >= PurgeScript.MaxNames)
                break;
            if (purge.IsScan || (time.GetElapsedTime(purge.ReceivedAt) < patience && !atOnce(purge.Watermark)))
                continue;
            due.Add(purge);
            taken += purge.Names;
        }

        return due;
    }
}
