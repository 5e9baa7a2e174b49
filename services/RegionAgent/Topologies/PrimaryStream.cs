using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>The primary's replication offset, as last reported by an Invalidator. Thread-safe.</summary>
internal sealed class PrimaryStream
{
    private volatile InvalidatorHeartbeat? newest;

    /// <summary>Records the offset of a heartbeat; ignores a heartbeat without one.</summary>
    public void Receive(InvalidatorHeartbeat heartbeat)
    {
        if (heartbeat.PrimaryId is not null)
            newest = heartbeat;
    }

    /// <summary>
    /// Returns how many bytes a replica has not received; null when it follows another replication history, or when no offset is known.
    /// </summary>
    public long? BytesBeyond(string? primaryId, long offset) =>
        newest is { } reported && reported.PrimaryId == primaryId ? Math.Max(0, reported.PrimaryOffset - offset) : null;
}
