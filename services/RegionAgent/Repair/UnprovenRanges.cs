using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Stretches of the watermarks' row that replication does not prove, because the region's Redis refused commands there. The last one may be
/// open: it goes on until replication has brought something later. Not thread-safe.
/// </summary>
internal sealed class UnprovenRanges
{
    // Beyond it they become one stretch: more is purged again, and nothing is missed.
    internal const int MostStretches = 100;

    private static readonly Watermark Open = new(long.MaxValue, long.MaxValue);

    private readonly List<(Watermark After, Watermark UpTo)> stretches = [];

    /// <summary>Whether there are any.</summary>
    public bool Any => stretches.Count > 0;

    /// <summary>Where the first begins; null where there is none.</summary>
    public Watermark? Begin => Any ? stretches.Min(stretch => stretch.After) : null;

    /// <summary>Whether replication is no proof of a place.</summary>
    public bool Hold(Watermark place) => stretches.Exists(stretch => place > stretch.After && place <= stretch.UpTo);

    /// <summary>Whether something in a stretch is not done.</summary>
    /// <param name="applied">All up to here is done.</param>
    /// <param name="owed">Nothing is known of what comes after this.</param>
    public bool AreOwed(Watermark applied, Watermark owed) =>
        stretches.Exists(stretch => applied < (stretch.UpTo < owed ? stretch.UpTo : owed) && owed > stretch.After);

    /// <summary>Opens a stretch after a place.</summary>
    public void Add(Watermark after)
    {
        if (Any && stretches[^1].UpTo == Open)
            stretches[^1] = (after < stretches[^1].After ? after : stretches[^1].After, Open);
        else
            stretches.Add((after, Open));
        if (stretches.Count > MostStretches)
            Merge();
    }

    /// <summary>Closes the open stretch.</summary>
    public void Close(Watermark upTo)
    {
        if (Any && stretches[^1].UpTo == Open)
            stretches[^1] = stretches[^1] with { UpTo = upTo };
    }

    /// <summary>Forgets the stretches in which all is done.</summary>
    public void Forget(Watermark applied) => stretches.RemoveAll(stretch => stretch.UpTo <= applied);

    /// <summary>Forgets all.</summary>
    public void Clear() => stretches.Clear();

    private void Merge()
    {
        var whole = (stretches.Min(stretch => stretch.After), stretches[^1].UpTo);
        stretches.Clear();
        stretches.Add(whole);
    }
}
