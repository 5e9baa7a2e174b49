using LastMile.Events.Invalidator.Purging;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>When a region came how far. Bounded: the oldest is forgotten. Not thread-safe.</summary>
internal sealed class ArrivalHistory
{
    /// <summary>The most entries: a quarter of an hour in which something changes at every moment.</summary>
    public const int MaxEntries = 10_000;

    private const int ForgottenAtOnce = 1_000;

    private readonly List<(RegionPosition Position, DateTimeOffset At)> entries = [];

    /// <summary>Keeps when a region came to where it is, unless it was there already.</summary>
    public void Add(RegionPosition reach, DateTimeOffset at)
    {
        if (entries.Count > 0 && entries[^1].Position == reach)
            return;
        if (entries.Count == MaxEntries)
            entries.RemoveRange(0, ForgottenAtOnce);
        entries.Add((reach, at));
    }

    /// <summary>When a batch arrived, for the first time; null when it has not, or before the first entry.</summary>
    public DateTimeOffset? ArrivedAt(PurgeBatch batch)
    {
        var first = entries.FindIndex(entry => entry.Position.Has(batch));
        return first < 0 || (first == 0 && !entries[0].Position.IsJust(batch)) ? null : entries[first].At;
    }
}
