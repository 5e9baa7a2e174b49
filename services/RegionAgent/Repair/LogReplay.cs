using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Requests missing purges from an Invalidator: those lost with the queue, and those received while the ledger was full. If the purge log
/// no longer holds them, drops the region's whole cache or reports that an operator should, as configured.
/// </summary>
internal sealed partial class LogReplay(
    PurgeLedger ledger,
    RegionStore store,
    KnownTags tags,
    LeadershipState leadership,
    ReplaySource source,
    SkippedSequences skipped,
    LossPublisher losses,
    IOptions<RegionOptions> options,
    LineageOptions lineage,
    TimeProvider time,
    ILogger<LogReplay> logger) : BackgroundService
{
    // Batches may arrive out of order, some tens of milliseconds apart.
    private static readonly TimeSpan MinGapAge = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private bool Drops => options.Value.OnLostPurges == LostPurges.Drop;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var region = options.Value.Name;
        var outage = new Outage(
            time, reason => Log.Waits(logger, region, reason), lasted => Log.Resumes(logger, region, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage);
        while (true)
        {
            if (!ledger.HasGap)
                await ledger.Updates.WaitAsync(IdleInterval, stoppingToken);
            await retry.ExecuteAsync(async token => await CloseGapsAsync(token), stoppingToken);
            await Task.Delay(PollInterval, time, stoppingToken);
        }
    }

    private async Task CloseGapsAsync(CancellationToken cancellationToken)
    {
        while (leadership.IsLeading && ledger.FindGap(MinGapAge) is { } gap)
        {
            var page = await source.RequestAsync(gap, cancellationToken);
            var upTo = new Watermark(page.UpTo.Epoch, page.UpTo.Sequence);
            if (!page.Complete)
                await HandleLossAsync(gap);
            if (page.Complete || !Drops)
                Replay(page, gap.After, upTo);
        }
    }

    private void Replay(PurgesReplayed page, Watermark after, Watermark upTo)
    {
        foreach (var batch in page.Batches)
            tags.Add(batch);
        ledger.Replay(page, after, upTo);
        skipped.Add(new Gap(after, upTo), page.Batches);
        Log.Replayed(logger, options.Value.Name, page.Batches.Count, after, upTo);
    }

    private async Task HandleLossAsync(Gap gap)
    {
        var era = ledger.Era;
        if (Drops)
            await store.DropEverythingAsync();
        var consequence = Drops ? "The agent dropped the region's cache" : "The region may hold stale entries: drop its cache";
        Log.Lost(logger, options.Value.Name, gap.After, gap.UpTo, consequence);
        losses.Add(new RegionPurgesLost(options.Value.Name, Place(gap.After), Place(gap.UpTo), Drops, time.GetUtcNow())
        {
            Lineage = lineage.Name,
        });
        if (Drops)
            ledger.Cleared(gap.UpTo, era);
    }

    private static RegionWatermark Place(Watermark watermark) => new(watermark.Epoch, watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} read {Count} purges from the log, "
            + "after {After} up to {UpTo}")]
        public static partial void Replayed(ILogger logger, string region, int count, Watermark after, Watermark upTo);

        [LoggerMessage(Level = LogLevel.Error, Message = "Region {Region} is missing purges that the log no longer holds, after {After} "
            + "up to {UpTo}. {Consequence}. Raise Invalidator:LogRetention to cover a longer outage")]
        public static partial void Lost(ILogger logger, string region, Watermark after, Watermark upTo, string consequence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} is waiting for purges from the log: {Reason} "
            + "Any Invalidator can answer; check that one runs, and that RabbitMQ or Region:Lineages:…:LogAddress answers")]
        public static partial void Waits(ILogger logger, string region, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} received its purges from the log after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, string region, double seconds);
    }
}
