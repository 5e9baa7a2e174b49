using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>How far the purges have come in a region.</summary>
/// <param name="Shown">The watermark that its Redis shows; <c>default</c> for none.</param>
/// <param name="Applied">Up to where its agent knows that every purge is done; <c>default</c> while it knows nothing.</param>
internal readonly record struct RegionPosition(Watermark Shown, Watermark Applied)
{
    /// <summary>Up to here every purge has arrived, but for those by prefix.</summary>
    public Watermark Arrived => Shown > Applied ? Shown : Applied;

    /// <summary>As an agent reported it.</summary>
    public static RegionPosition Of(RegionReported report) => new(From(report.Shown), From(report.Applied));

    /// <summary>Whether a batch has arrived. Replication carries no purge by prefix: of that only the agent's word is proof.</summary>
    public bool Has(PurgeBatch batch) => Applied >= batch.Watermark || (batch.Prefix is null && Shown >= batch.Watermark);

    /// <summary>Whether a batch is the newest that has arrived.</summary>
    public bool IsJust(PurgeBatch batch) => Applied == batch.Watermark || (batch.Prefix is null && Shown == batch.Watermark);

    private static Watermark From(RegionWatermark? told) => told is { Epoch: > 0, Sequence: >= 0 } ? new(told.Epoch, told.Sequence) : default;
}
