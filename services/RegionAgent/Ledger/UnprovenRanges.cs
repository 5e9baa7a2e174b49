using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// Ranges of watermarks that replication does not prove, because the region's Redis refused commands there. The last range may be open: it
/// extends until replication delivers a later purge. Not thread-safe.
/// </summary>
internal sealed class UnprovenRanges
{
    // Above this number the ranges merge into one. The agent then applies more purges again, but misses none.
    internal const int MaxRanges = 100;

    private static readonly Watermark Open = new(long.MaxValue, long.MaxValue);

    private readonly List<(Watermark After, Watermark UpTo)> ranges = [];

    /// <summary>Whether any range exists.</summary>
    public bool Any => ranges.Count > 0;

    /// <summary>The exclusive start of the earliest range; null for none.</summary>
    public Watermark? Begin => Any ? ranges.Min(range => range.After) : null;

    /// <summary>Returns whether a watermark lies in a range.</summary>
    public bool Contains(Watermark watermark) => ranges.Exists(range => watermark > range.After && watermark <= range.UpTo);

    /// <summary>Returns whether a range contains an expected batch that is not applied.</summary>
    /// <param name="applied">Every batch up to this watermark is applied.</param>
    /// <param name="expected">The newest expected watermark.</param>
    public bool HavePending(Watermark applied, Watermark expected) =>
        ranges.Exists(range => applied < (range.UpTo < expected ? range.UpTo : expected) && expected > range.After);

    /// <summary>Opens a range after a watermark, or extends the open one back to it.</summary>
    public void Add(Watermark after)
    {
        if (Any && ranges[^1].UpTo == Open)
            ranges[^1] = (after < ranges[^1].After ? after : ranges[^1].After, Open);
        else
            ranges.Add((after, Open));
        if (ranges.Count > MaxRanges)
            Merge();
    }

    /// <summary>Closes the open range.</summary>
    public void Close(Watermark upTo)
    {
        if (Any && ranges[^1].UpTo == Open)
            ranges[^1] = ranges[^1] with { UpTo = upTo };
    }

    /// <summary>Removes the ranges that are applied completely.</summary>
    public void RemoveApplied(Watermark applied) => ranges.RemoveAll(range => range.UpTo <= applied);

    /// <summary>Removes all ranges.</summary>
    public void Clear() => ranges.Clear();

    private void Merge()
    {
        var whole = (ranges.Min(range => range.After), ranges[^1].UpTo);
        ranges.Clear();
        ranges.Add(whole);
    }
}
