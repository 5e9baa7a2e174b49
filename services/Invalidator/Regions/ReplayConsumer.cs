using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Answers an agent's request for the purges that its region lacks, from the log, page by page.</summary>
internal sealed partial class ReplayConsumer(
    LogPages log, IOptions<InvalidatorOptions> options, ILogger<ReplayConsumer> logger) : IConsumer<PurgesRequested>
{
    public async Task Consume(ConsumeContext<PurgesRequested> context)
    {
        var (region, after, upTo) = context.Message;
        if (context.Message.Lineage != options.Value.Lineage)
        {
            throw new InvalidRequestException(
                $"PurgesRequested asks lineage '{options.Value.Lineage}' for purges of lineage '{context.Message.Lineage}'. "
                    + $"Send it to {LineageQueues.Requests(context.Message.Lineage)}.");
        }

        if (after is null || upTo is null || (after.Epoch, after.Sequence).CompareTo((upTo.Epoch, upTo.Sequence)) > 0)
        {
            throw new InvalidRequestException(
                $"PurgesRequested has an invalid range: after {after}, up to {upTo}. Set both; UpTo must not precede After.");
        }

        var page = await log.ReadAsync(after, upTo, limit: null, context.CancellationToken);
        var replayed = new PurgesReplayed(
            after, page.IsFull ? EndOf(page.Batches[^1]) : upTo, [.. page.Batches.Select(batch => batch.ToMessage())], page.Complete)
        {
            Lineage = options.Value.Lineage,
        };
        Log.Replayed(logger, Truncation.Of(region ?? "", 60), replayed.Batches.Count, after, replayed.UpTo);
        await context.RespondAsync(replayed);
    }

    private static RegionWatermark EndOf(PurgeBatch batch) => new(batch.Watermark.Epoch, batch.Watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "Region {Region} lacked purges: replayed {Count} batches from the log, after {After} up to {UpTo}")]
        public static partial void Replayed(ILogger logger, string region, int count, RegionWatermark after, RegionWatermark upTo);
    }
}
