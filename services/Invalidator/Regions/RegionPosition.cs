using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>How far purges have arrived in a region.</summary>
/// <param name="Shown">The watermark that its Redis shows; <c>default</c> for none.</param>
/// <param name="Applied">The watermark up to which its agent knows that every purge is applied; <c>default</c> while unknown.</param>
internal readonly record struct RegionPosition(Watermark Shown, Watermark Applied)
{
    /// <summary>The watermark up to which every purge, except those by prefix, has arrived.</summary>
    public Watermark Arrived => Shown > Applied ? Shown : Applied;

    /// <summary>Returns the position in an agent's report.</summary>
    public static RegionPosition Of(RegionReported report) => new(From(report.Shown), From(report.Applied));

    /// <summary>Returns whether a batch has arrived. Replication carries no purge by prefix; only the agent's report proves it.</summary>
    public bool Has(PurgeBatch batch) => Applied >= batch.Watermark || (batch.Prefix is null && Shown >= batch.Watermark);

    /// <summary>Returns whether a batch is the newest that has arrived.</summary>
    public bool IsNewest(PurgeBatch batch) => Applied == batch.Watermark || (batch.Prefix is null && Shown == batch.Watermark);

    private static Watermark From(RegionWatermark? reported) =>
        reported is { Epoch: > 0, Sequence: >= 0 } ? new(reported.Epoch, reported.Sequence) : default;
}
