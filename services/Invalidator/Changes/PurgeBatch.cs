using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Changes;

/// <summary>A purge with one watermark.</summary>
/// <param name="Id">Its id in the log and on the bus: a version 7 UUID, so ids sort by time.</param>
/// <param name="Watermark">Its watermark; of sequence 0 until the log assigns the sequence.</param>
/// <param name="Keys">The dropped keys.</param>
/// <param name="Tags">The renewed tags.</param>
/// <param name="AppliedAt">When the primary had applied it; without a primary, when it was made.</param>
/// <param name="Origins">The origins of all changes that were purged together, even if they made several batches.</param>
internal sealed record PurgeBatch(
    Guid Id, Watermark Watermark, string[] Keys, string[] Tags, DateTimeOffset AppliedAt, IReadOnlyList<ChangeOrigin> Origins)
{
    /// <summary>Each region's agent drops every key that begins with this prefix; null for none.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether the whole cache was dropped.</summary>
    public bool Everything { get; init; }

    /// <summary>Whether the log has refused it. A later batch repeats its names.</summary>
    public bool IsUnlogged { get; init; }

    /// <summary>
    /// The delay after logging until the purge is repeated; null for no repetition. Also null in batches read from the log.
    /// </summary>
    public TimeSpan? DoubleDeleteAfter { get; init; }

    /// <summary>The number of its keys and tags.</summary>
    public int Names => Keys.Length + Tags.Length;

    /// <summary>The number of characters of its keys and tags.</summary>
    public int Characters => Keys.Sum(key => key.Length) + Tags.Sum(tag => tag.Length);

    /// <summary>Returns the message that announces the batch to the regions.</summary>
    public PurgeApplied ToMessage() =>
        new(Id, Watermark.Epoch, Watermark.Sequence, Keys, Tags, AppliedAt) { Origins = Origins, Prefix = Prefix, Everything = Everything };
}
