using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The purges that replication has applied: those up to the watermark that the region shows, except those that need a scan and those in an
/// unproven range. Not thread-safe.
/// </summary>
internal sealed class ProvedPurges
{
    /// <summary>The ranges in which the region's Redis refused commands.</summary>
    public UnprovenRanges Unproven { get; } = new();

    /// <summary>The watermark that the region shows.</summary>
    public Watermark Shown { get; set; }

    /// <summary>Replication has applied every purge up to this watermark, except those that need a scan.</summary>
    public Watermark UpTo => Unproven.Begin is { } begin && begin < Shown ? begin : Shown;

    /// <summary>Returns whether replication has applied a purge.</summary>
    public bool Contains(PendingPurge purge) => !purge.IsScan && purge.Watermark <= Shown && !Unproven.Contains(purge.Watermark);

    /// <summary>Discards everything.</summary>
    public void Clear()
    {
        Shown = default;
        Unproven.Clear();
    }
}
