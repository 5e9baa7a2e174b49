namespace LastMile.Events.Messages;

/// <summary>
/// Purge batches were applied on the primary. Every region receives each message on its own durable queue. A single batch is published
/// immediately; under load, many batches share a message.
/// </summary>
/// <param name="Batches">The batches, usually in the order of their sequences.</param>
public sealed record PurgesApplied(IReadOnlyList<PurgeApplied> Batches)
{
    /// <summary>The lineage of the purges: <c>Invalidator:Lineage</c> of their database.</summary>
    public string Lineage { get; init; } = LineageName.Default;

    /// <summary>
    /// Names of purges that the log has refused, and that a later message repeats with a watermark. Regions to which no replication brings
    /// purges drop them at once, and count nothing as applied. Null for none.
    /// </summary>
    public UnloggedNames? Unlogged { get; init; }
}

/// <summary>Names of purges that the purge log has refused.</summary>
/// <param name="Keys">The keys to drop, distinct.</param>
/// <param name="Tags">The tags to renew, distinct.</param>
public sealed record UnloggedNames(IReadOnlyList<string> Keys, IReadOnlyList<string> Tags);

/// <summary>A purge batch was applied on the primary.</summary>
/// <param name="BatchId">The batch's id in the purge log.</param>
/// <param name="Epoch">The run of sequences that <paramref name="Sequence"/> belongs to; a later epoch has a greater number.</param>
/// <param name="Sequence">
/// The batch's place in its epoch: 1, 2, 3 … A sequence that never arrives was lost in a crash between purge and log; its changes were
/// purged again under another sequence.
/// </param>
/// <param name="Keys">The keys that were dropped, distinct.</param>
/// <param name="Tags">The tags whose generation became this watermark, distinct.</param>
/// <param name="AppliedAt">When the primary applied the batch, by the Invalidator's clock.</param>
public sealed record PurgeApplied(
    Guid BatchId,
    long Epoch,
    long Sequence,
    IReadOnlyList<string> Keys,
    IReadOnlyList<string> Tags,
    DateTimeOffset AppliedAt)
{
    /// <summary>
    /// The distinct origins of the changes in the batch, at most <see cref="Limits.OriginsPerBatch"/>, in no order. Empty if no change has
    /// an origin.
    /// </summary>
    public IReadOnlyList<ChangeOrigin> Origins { get; init; } = [];

    /// <summary>
    /// The prefix of the keys to drop; null for none. The primary can't name keys that only regions hold, so each region's agent searches
    /// for them. A replica's watermark therefore does not prove this purge.
    /// </summary>
    public string? Prefix { get; init; }

    /// <summary>Whether the whole cache was dropped.</summary>
    public bool Everything { get; init; }
}
