using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;

namespace RegionAgent.Tests;

/// <summary>Short constructors for purge batches.</summary>
internal static class Batches
{
    public static PurgeApplied Of(long epoch, long sequence, params string[] keys) =>
        new(Guid.NewGuid(), epoch, sequence, keys, [], default);

    public static PurgeApplied OfNames(long sequence, int names) =>
        Of(1, sequence, [.. Enumerable.Range(0, names).Select(n => $"{sequence}:{n}")]);

    public static PurgeApplied OfPrefix(long epoch, long sequence, string prefix) => Of(epoch, sequence) with { Prefix = prefix };

    public static Watermark Place(this PurgeApplied batch) => new(batch.Epoch, batch.Sequence);

    public static PurgesReplayed Page(Watermark after, Watermark upTo, params IReadOnlyList<PurgeApplied> batches) =>
        new(new RegionWatermark(after.Epoch, after.Sequence), new RegionWatermark(upTo.Epoch, upTo.Sequence), batches, Complete: true);

    /// <summary>Completes every due purge of a ledger, and returns their number.</summary>
    public static int Drain(PurgeLedger ledger)
    {
        var drained = 0;
        while (ledger.Due(TimeSpan.Zero) is { Count: > 0 } due)
        {
            ledger.Done(due, ledger.Era);
            drained += due.Count;
        }

        return drained;
    }
}
