namespace LastMile.Events.Messages;

/// <summary>
/// Purge batches were applied on the primary. Every region receives each message, on a durable queue of its own. A lone batch is told of
/// at once; in a flood many share a message.
/// </summary>
/// <param name="Batches">The batches, usually in the order of their sequences.</param>
public sealed record PurgesApplied(IReadOnlyList<PurgeApplied> Batches);

/// <summary>A purge batch was applied on the primary.</summary>
/// <param name="BatchId">The batch, as the purge log knows it.</param>
/// <param name="Epoch">The run of sequences that <paramref name="Sequence"/> belongs to; a later epoch has a greater number.</param>
/// <param name="Sequence">The batch's place in its epoch: 1, 2, 3 … A sequence that never comes was lost to a crash between purge and log; its changes were purged again under another.</param>
/// <param name="Keys">The keys that were dropped, distinct.</param>
/// <param name="Tags">The tags whose generation became this watermark, distinct.</param>
/// <param name="AppliedAt">When the primary applied it, by the Invalidator's clock.</param>
public sealed record PurgeApplied(
    Guid BatchId,
    long Epoch,
    long Sequence,
    IReadOnlyList<string> Keys,
    IReadOnlyList<string> Tags,
    DateTimeOffset AppliedAt)
{
    /// <summary>
    /// What asked for the purge: the distinct origins of the changes that were purged together, at most
    /// <see cref="Limits.OriginsPerBatch"/>, in no order. Empty when no change named one.
    /// </summary>
    public IReadOnlyList<ChangeOrigin> Origins { get; init; } = [];

    /// <summary>
    /// Every key that begins with this is to be dropped; null for none. The primary can't name keys that only regions hold: each
    /// region's agent looks for them, so a replica's watermark is no proof of it.
    /// </summary>
    public string? Prefix { get; init; }

    /// <summary>Whether the whole cache was dropped.</summary>
    public bool Everything { get; init; }
}
