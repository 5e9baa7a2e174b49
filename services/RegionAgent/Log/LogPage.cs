using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>A page of the purge log: the response of <c>GET /purges</c>.</summary>
/// <param name="Purges">The batches, in order.</param>
/// <param name="Complete">Whether no purge after the requested watermark is missing from the log.</param>
/// <param name="Newest">The newest watermark in the log; null before the first epoch.</param>
internal sealed record LogPage(IReadOnlyList<PurgeApplied> Purges, bool Complete, string? Newest)
{
    /// <summary>The newest watermark that the region must reach; <c>default</c> for none.</summary>
    public Watermark Expected => Watermark.TryParse(Newest, out var newest) ? newest : default;

    /// <summary>The watermark of the last batch; <c>default</c> for an empty page.</summary>
    public Watermark Last => Purges.Count > 0 ? PlaceOf(Purges[^1]) : default;

    /// <summary>Whether the page reaches the end of the log.</summary>
    public bool IsLast => Purges.Count == 0 || Last >= Expected;

    /// <summary>Returns a batch's watermark.</summary>
    public static Watermark PlaceOf(PurgeApplied batch) => new(batch.Epoch, batch.Sequence);
}
