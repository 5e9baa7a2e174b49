namespace LastMile.Events.Messages;

/// <summary>Asked by a region's agent that lacks purges: which batches does the log hold? Any Invalidator answers with <see cref="PurgesReplayed"/>.</summary>
/// <param name="Region">The region's name, for logs.</param>
/// <param name="After">Batches after this one, which the region has.</param>
/// <param name="UpTo">Up to this one, in this or a later epoch.</param>
public sealed record PurgesRequested(string Region, RegionWatermark After, RegionWatermark UpTo);

/// <summary>What the log holds of what was requested, a page of it.</summary>
/// <param name="After">As requested.</param>
/// <param name="UpTo">
/// How far this page goes: as requested, or less. A sequence up to here that is not among the batches never got into the log: its
/// changes were purged again under another.
/// </param>
/// <param name="Batches">The batches, in order.</param>
/// <param name="Complete">False when the log does not reach back to <paramref name="After"/> any more: batches may be missing that nobody knows.</param>
public sealed record PurgesReplayed(RegionWatermark After, RegionWatermark UpTo, IReadOnlyList<PurgeApplied> Batches, bool Complete);
