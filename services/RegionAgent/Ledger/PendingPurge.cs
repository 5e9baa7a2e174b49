using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>A known purge that is not known to be applied in the region.</summary>
/// <param name="Watermark">Its watermark.</param>
/// <param name="Batch">The keys, tags or prefix to drop.</param>
/// <param name="ReceivedAt">The timestamp at which the agent received it.</param>
internal sealed record PendingPurge(Watermark Watermark, PurgeApplied Batch, long ReceivedAt)
{
    /// <summary>Whether the agent must scan the region's Redis for keys; replication can't.</summary>
    public bool IsScan => Batch.Prefix is not null;

    /// <summary>The number of keys and tags, which bounds its memory.</summary>
    public int Names => Batch.Keys.Count + Batch.Tags.Count;
}
