using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using MassTransit;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Gives a region's agent what it lacks from the log, page by page.</summary>
internal sealed partial class ReplayConsumer(NpgsqlDataSource dataSource, ILogger<ReplayConsumer> logger) : IConsumer<PurgesRequested>
{
    // A page ends with the batch that reaches this, which has at most as many again: some hundred KB, which any broker takes.
    private const int NamesOfPage = 2 * PurgeScript.MaxNames;

    private static readonly string Page = SqlFile.Read("replay");
    private static readonly string ReachesBack = SqlFile.Read("reaches_back");

    public async Task Consume(ConsumeContext<PurgesRequested> context)
    {
        var (region, after, upTo) = context.Message;
        if (after is null || upTo is null || (after.Epoch, after.Sequence).CompareTo((upTo.Epoch, upTo.Sequence)) > 0)
            throw new RefusedRequestException($"PurgesRequested asks for what is after {after} up to {upTo}, which is no range. Give both, UpTo not before After.");

        var replayed = await ReadAsync(after, upTo, context.CancellationToken);
        Log.Replayed(logger, Excerpt.Of(region ?? "", 60), replayed.Batches.Count, after, replayed.UpTo);
        await context.RespondAsync(replayed);
    }

    private async Task<PurgesReplayed> ReadAsync(RegionWatermark after, RegionWatermark upTo, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var page = new NpgsqlCommand(Page, connection)
        {
            Parameters =
            {
                new() { Value = after.Epoch },
                new() { Value = after.Sequence },
                new() { Value = upTo.Epoch },
                new() { Value = upTo.Sequence },
                new() { Value = NamesOfPage },
            },
        };
        var batches = await PurgeLog.ReadAsync(page, cancellationToken);

        // Asked after the page was read: what expires in between makes it incomplete for nothing, but never complete wrongly.
        await using var reachesBack = new NpgsqlCommand(ReachesBack, connection)
        {
            Parameters = { new() { Value = after.Epoch }, new() { Value = after.Sequence } },
        };
        var complete = (bool)(await reachesBack.ExecuteScalarAsync(cancellationToken))!;

        var isFull = batches.Sum(batch => 1 + batch.Keys.Length + batch.Tags.Length) >= NamesOfPage;
        return new PurgesReplayed(after, isFull ? EndOf(batches[^1]) : upTo, [.. batches.Select(batch => batch.ToMessage())], complete);
    }

    private static RegionWatermark EndOf(PurgeBatch batch) => new(batch.Watermark.Epoch, batch.Watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} lacked purges: {Count} batches of the log given, after {After} up to {UpTo}")]
        public static partial void Replayed(ILogger logger, string region, int count, RegionWatermark after, RegionWatermark upTo);
    }
}
