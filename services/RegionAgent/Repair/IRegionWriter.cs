using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The agent's writes to the region's Redis: to a single server, or to the nodes of a cluster.</summary>
internal interface IRegionWriter
{
    /// <summary>Returns the checkpoint of the previous agent.</summary>
    Task<Checkpoint> ReadCheckpointAsync();

    /// <inheritdoc cref="RegionCheckpoints.MoveAsync"/>
    Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream);

    /// <summary>Applies purges.</summary>
    /// <param name="purges">The purges, the oldest first.</param>
    /// <param name="era">The ledger's era.</param>
    Task<DropResult> DropAsync(IReadOnlyList<PendingPurge> purges, int era);

    /// <summary>Drops names that changed, of purges that have no watermark yet. Does what it can: the purges follow.</summary>
    Task DropUnloggedAsync(UnloggedNames names);

    /// <summary>Drops the whole cache.</summary>
    /// <returns>The number of keys dropped.</returns>
    Task<long> DropEverythingAsync();

    /// <inheritdoc cref="ApplyScript.RestoreAsync"/>
    Task<long> RestoreAsync(IReadOnlyCollection<string> tags);

    /// <summary>Scans one batch of keys for those that begin with a prefix, and drops them.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="cursor">Empty for the first step, then the cursor that the previous step returned.</param>
    /// <returns>The next cursor, empty at the end, and the numbers of keys that this step scanned and dropped.</returns>
    Task<(string Cursor, long Seen, long Dropped)> ScanStepAsync(string prefix, string cursor);

    /// <summary>Returns the saved position of an unfinished scan; null for none.</summary>
    Task<string?> ReadScanAsync();

    /// <summary>Saves the position of a scan.</summary>
    /// <param name="position">The position; empty when the scan is complete.</param>
    Task WriteScanAsync(string position);

    /// <summary>Reports for a time that readers may use the region's cache.</summary>
    /// <param name="timeToLive">The time.</param>
    /// <param name="run">As for <see cref="SoundMarker.SetAsync"/>. The nodes of a cluster each have a run of their own.</param>
    Task SetSoundAsync(TimeSpan timeToLive, string run);

    /// <summary>Withdraws the report that readers may use the region's cache.</summary>
    Task ClearSoundAsync();
}

/// <summary>The result of applying purges.</summary>
/// <param name="Dropped">The number of keys that existed.</param>
/// <param name="Done">The purges that are applied completely.</param>
/// <param name="Failure">Why the others are not; null if all are applied.</param>
internal sealed record DropResult(long Dropped, IReadOnlyList<PendingPurge> Done, Exception? Failure = null);
