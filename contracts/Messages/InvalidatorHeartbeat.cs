namespace LastMile.Events.Messages;

/// <summary>Said by each Invalidator each second: what the primary's watermark is, so that a region knows what to expect when nothing changes.</summary>
/// <param name="Invalidator">The sender's instance name: unique among those that run.</param>
/// <param name="Epoch">The epoch of the primary's watermark.</param>
/// <param name="Sequence">The sequence of the primary's watermark; 0 when nothing was purged in the epoch yet.</param>
/// <param name="At">When the watermark was read, by the sender's clock.</param>
public sealed record InvalidatorHeartbeat(string Invalidator, long Epoch, long Sequence, DateTimeOffset At)
{
    /// <summary>The primary's <c>master_replid</c>: whoever shows another one replicates from another history. Null when it was not read.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Bytes of replication stream that the primary has written (<c>master_repl_offset</c>); 0 when it was not read.</summary>
    public long PrimaryOffset { get; init; }
}
