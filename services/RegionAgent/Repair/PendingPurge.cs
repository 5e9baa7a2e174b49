using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>A purge that the region is not known to have applied.</summary>
/// <param name="Watermark">Its place.</param>
/// <param name="Batch">What it drops.</param>
/// <param name="ReceivedAt">When it was heard of: a timestamp.</param>
internal sealed record PendingPurge(Watermark Watermark, PurgeApplied Batch, long ReceivedAt)
{
    /// <summary>Whether keys must be looked for, which replication can't do.</summary>
    public bool IsScan => Batch.Prefix is not null;

    /// <summary>Keys and tags: what it takes of memory.</summary>
    public int Names => Batch.Keys.Count + Batch.Tags.Count;
}
