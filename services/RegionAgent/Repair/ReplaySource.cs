using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Log;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Requests the purges of a gap from an Invalidator: over the bus or, where the agent has access to the log, over HTTP. Tries the way first
/// that works now, and then the other one.
/// </summary>
internal sealed class ReplaySource(
    IBus bus,
    PurgeLogClient log,
    LeadershipState leadership,
    IOptions<RegionOptions> options,
    LineageOptions lineage,
    TimeProvider time)
{
    /// <summary>Requests the purges of a gap.</summary>
    /// <returns>A page of them, from the beginning of the gap.</returns>
    public async Task<PurgesReplayed> RequestAsync(Gap gap, CancellationToken cancellationToken)
    {
        if (!log.IsConfigured)
            return await OverBusAsync(gap, cancellationToken);
        var busFirst = leadership.MessageAge < LogFollower.Silence;
        try
        {
            return await RequestAsync(gap, overBus: busFirst, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return await RequestAsync(gap, overBus: !busFirst, cancellationToken);
        }
    }

    private Task<PurgesReplayed> RequestAsync(Gap gap, bool overBus, CancellationToken cancellationToken) =>
        overBus ? OverBusAsync(gap, cancellationToken) : OverHttpAsync(gap, cancellationToken);

    private Task<PurgesReplayed> OverBusAsync(Gap gap, CancellationToken cancellationToken)
    {
        var request = new PurgesRequested(options.Value.Name, Place(gap.After), Place(gap.UpTo)) { Lineage = lineage.Name };
        return bus.SendAsync<PurgesRequested, PurgesReplayed>(LineageQueues.Requests(lineage.Name), request, time, cancellationToken);
    }

    private async Task<PurgesReplayed> OverHttpAsync(Gap gap, CancellationToken cancellationToken)
    {
        var page = await log.ReadAsync(gap.After, PurgeLogClient.MaxBatches, TimeSpan.Zero, cancellationToken);
        ReceivedPurges.Check(page.Purges);
        if (page.Expected < gap.After)
        {
            throw new LogUnavailableException(
                $"The purge log at {log.Address} ends at {page.Newest}, before the region's watermark {gap.After}.");
        }

        var reached = page.IsLast || page.Last >= gap.UpTo ? gap.UpTo : page.Last;
        PurgeApplied[] missing = [.. page.Purges.TakeWhile(batch => LogPage.PlaceOf(batch) <= gap.UpTo)];
        return new PurgesReplayed(Place(gap.After), Place(reached), missing, page.Complete);
    }

    private static RegionWatermark Place(Watermark watermark) => new(watermark.Epoch, watermark.Sequence);
}
