using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>How much replication stream the primary had written when an Invalidator last told. Thread-safe.</summary>
internal sealed class PrimaryStream
{
    private volatile InvalidatorHeartbeat? newest;

    /// <summary>An Invalidator has told.</summary>
    public void Hear(InvalidatorHeartbeat heartbeat)
    {
        if (heartbeat.PrimaryId is not null)
            newest = heartbeat;
    }

    /// <summary>Bytes that a replica has not received; null when they are of another history, or nothing is known.</summary>
    public long? BytesBeyond(string? primaryId, long offset) =>
        newest is { } heard && heard.PrimaryId == primaryId ? Math.Max(0, heard.PrimaryOffset - offset) : null;
}
