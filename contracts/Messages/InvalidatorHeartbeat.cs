namespace LastMile.Events.Messages;

/// <summary>
/// The primary's watermark. Each Invalidator publishes it every second, so that a region knows the expected watermark when nothing changes.
/// </summary>
/// <param name="Invalidator">The sender's instance name, unique among running instances.</param>
/// <param name="Epoch">The epoch of the primary's watermark.</param>
/// <param name="Sequence">The sequence of the primary's watermark; 0 if nothing was purged in the epoch yet.</param>
/// <param name="At">When the watermark was read, by the sender's clock.</param>
public sealed record InvalidatorHeartbeat(string Invalidator, long Epoch, long Sequence, DateTimeOffset At)
{
    /// <summary>The lineage of the watermark: <c>Invalidator:Lineage</c> of its database.</summary>
    public string Lineage { get; init; } = LineageName.Default;

    /// <summary>The primary's <c>master_replid</c>: a replica with another one follows another history. Null if it was not read.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Bytes of replication stream that the primary has written (<c>master_repl_offset</c>); 0 if it was not read.</summary>
    public long PrimaryOffset { get; init; }
}
