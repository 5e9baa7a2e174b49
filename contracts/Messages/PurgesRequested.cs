namespace LastMile.Events.Messages;

/// <summary>
/// A request for logged purge batches, from the agent of a region that lacks them. The agent sends it to the queue
/// <c>lastmile.requests.{lineage}</c>. Any Invalidator of the lineage responds with <see cref="PurgesReplayed"/>.
/// </summary>
/// <param name="Region">The region's name, for logs.</param>
/// <param name="After">The last batch that the region has; the requested ones follow it.</param>
/// <param name="UpTo">The last requested batch, in the same or a later epoch.</param>
public sealed record PurgesRequested(string Region, RegionWatermark After, RegionWatermark UpTo)
{
    /// <summary>The lineage of the purges: <c>Invalidator:Lineage</c> of their database.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}

/// <summary>A page of the requested batches, from the purge log.</summary>
/// <param name="After">As requested.</param>
/// <param name="UpTo">
/// The end of this page: as requested, or earlier. A sequence up to here that is not in <paramref name="Batches"/> was never logged; its
/// changes were purged again under another sequence.
/// </param>
/// <param name="Batches">The batches, in order.</param>
/// <param name="Complete">
/// False if the log no longer reaches back to <paramref name="After"/>: unknown batches may be missing.
/// </param>
public sealed record PurgesReplayed(RegionWatermark After, RegionWatermark UpTo, IReadOnlyList<PurgeApplied> Batches, bool Complete)
{
    /// <summary>The lineage of the purges: <c>Invalidator:Lineage</c> of their database.</summary>
    public string Lineage { get; init; } = LineageName.Default;
}
