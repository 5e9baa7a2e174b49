using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Records when a region reached each position. Bounded: it drops the oldest entries. Not thread-safe.</summary>
internal sealed class ArrivalHistory
{
    /// <summary>The maximum number of entries: enough for 15 minutes of constant changes.</summary>
    public const int MaxEntries = 10_000;

    private const int DroppedAtOnce = 1_000;

    private readonly List<(RegionPosition Position, DateTimeOffset At)> entries = [];

    /// <summary>Adds the time when a region reached a position. Ignores a position equal to the last one.</summary>
    public void Add(RegionPosition position, DateTimeOffset at)
    {
        if (entries.Count > 0 && entries[^1].Position == position)
            return;
        if (entries.Count == MaxEntries)
            entries.RemoveRange(0, DroppedAtOnce);
        entries.Add((position, at));
    }

    /// <summary>Returns when a batch first arrived; null when it has not arrived, or arrived before the first entry.</summary>
    public DateTimeOffset? ArrivedAt(PurgeBatch batch)
    {
        var first = entries.FindIndex(entry => entry.Position.Has(batch));
        return first < 0 || (first == 0 && !entries[0].Position.IsNewest(batch)) ? null : entries[first].At;
    }
}
