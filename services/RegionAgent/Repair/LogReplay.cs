using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Microsoft.Extensions.Options;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Asks an Invalidator for what never came: lost with the queue, or heard while there was no room for it. Where the log does not reach
/// back so far, the region's whole cache is dropped, or somebody is told that it should be.
/// </summary>
internal sealed partial class LogReplay(
    PurgeLedger ledger,
    RegionStore cache,
    KnownTags tags,
    LeadershipState leadership,
    IBus bus,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<LogReplay> logger) : BackgroundService
{
    // Batches come in no order, some tens of milliseconds apart.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(5);

    private bool Drops => options.Value.OnLostPurges == LostPurges.Drop;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var region = options.Value.Name;
        var outage = new Outage(time, reason => Log.Waits(logger, region, reason), lasted => Log.Resumes(logger, region, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage);
        while (true)
        {
            if (!ledger.KnowsGap)
                await ledger.News.WaitAsync(IdleInterval, stoppingToken);
            await retry.ExecuteAsync(async token => await CloseGapsAsync(token), stoppingToken);
            await Task.Delay(LookInterval, time, stoppingToken);
        }
    }

    private async Task CloseGapsAsync(CancellationToken cancellationToken)
    {
        while (leadership.IsLeading && ledger.Missing(Patience) is { } gap)
        {
            var request = new PurgesRequested(options.Value.Name, Place(gap.After), Place(gap.UpTo));
            var page = await bus.RequestAsync<PurgesRequested, PurgesReplayed>(request, time, cancellationToken);
            var upTo = new Watermark(page.UpTo.Epoch, page.UpTo.Sequence);
            if (!page.Complete)
                await LoseAsync(gap, cancellationToken);
            if (page.Complete || !Drops)
                Replay(page, gap.After, upTo);
            Log.Replayed(logger, options.Value.Name, page.Batches.Count, gap.After, upTo);
        }
    }

    private void Replay(PurgesReplayed page, Watermark after, Watermark upTo)
    {
        foreach (var batch in page.Batches)
            tags.Add(batch);
        ledger.Replay(page, after, upTo);
    }

    private async Task LoseAsync(Gap gap, CancellationToken cancellationToken)
    {
        var era = ledger.Era;
        if (Drops)
            await cache.DropEverythingAsync();
        Log.Lost(logger, options.Value.Name, gap.After, gap.UpTo, Drops ? "The region's cache was dropped" : "The region may hold stale entries: drop its cache");
        var lost = new RegionPurgesLost(options.Value.Name, Place(gap.After), Place(gap.UpTo), Drops, time.GetUtcNow());
        await bus.Publish(lost, cancellationToken).WaitAsync(TakenWithin, time, cancellationToken);
        if (Drops)
            ledger.Cleared(gap.UpTo, era);
    }

    private static RegionWatermark Place(Watermark watermark) => new(watermark.Epoch, watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} was told of {Count} purges from the log, after {After} up to {UpTo}")]
        public static partial void Replayed(ILogger logger, string region, int count, Watermark after, Watermark upTo);

        [LoggerMessage(Level = LogLevel.Error, Message = "Region {Region} lacks purges that the log does not hold any more, after {After} up to {UpTo}. {Consequence}. A longer Invalidator:LogRetention covers a longer outage")]
        public static partial void Lost(ILogger logger, string region, Watermark after, Watermark upTo, string consequence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} waits for purges from the log: {Reason} Any Invalidator answers; check that one runs and that the bus does")]
        public static partial void Waits(ILogger logger, string region, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} has its purges from the log after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, string region, double seconds);
    }
}
