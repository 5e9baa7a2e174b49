using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>What one script call purged.</summary>
/// <param name="Id">Its name in the log and on the bus; by version 7, so that they sort by time.</param>
/// <param name="Watermark">The watermark that the primary shows since.</param>
/// <param name="Keys">The keys that were dropped.</param>
/// <param name="Tags">The tags that were renewed.</param>
/// <param name="AppliedAt">When the primary had answered.</param>
/// <param name="Origins">What asked for it: of the changes that were purged together, also where they made several batches.</param>
internal sealed record PurgeBatch(Guid Id, Watermark Watermark, string[] Keys, string[] Tags, DateTimeOffset AppliedAt, IReadOnlyList<ChangeOrigin> Origins)
{
    /// <summary>Every key that begins with this is to be dropped, by each region's agent; null for none.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether the whole cache was dropped.</summary>
    public bool Everything { get; init; }

    /// <summary>How long after its entry in the log to purge it once more; null for never. What was read from the log says nothing of it.</summary>
    public TimeSpan? DoubleDeleteAfter { get; init; }

    /// <summary>How many keys and tags it holds.</summary>
    public int Names => Keys.Length + Tags.Length;

    /// <summary>How many characters its keys and tags have.</summary>
    public int Characters => Keys.Sum(key => key.Length) + Tags.Sum(tag => tag.Length);

    /// <summary>As the regions are told of it.</summary>
    public PurgeApplied ToMessage() =>
        new(Id, Watermark.Epoch, Watermark.Sequence, Keys, Tags, AppliedAt) { Origins = Origins, Prefix = Prefix, Everything = Everything };
}
