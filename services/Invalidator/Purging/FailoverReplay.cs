using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// Replays the logged purges that a promoted primary lacks: those that the former primary had acknowledged but not yet replicated. No other
/// process may write the log during the replay.
/// </summary>
internal sealed partial class FailoverReplay(Primary primary, LogPages log, ILogger<FailoverReplay> logger)
{
    /// <summary>Replays all logged purges after the primary's watermark.</summary>
    /// <param name="shown">The primary's watermark.</param>
    /// <param name="next">The epoch that the caller opens afterwards.</param>
    /// <param name="cancellationToken">Cancels between two pages; the replay must then start again.</param>
    public async Task RunAsync(Watermark shown, long next, CancellationToken cancellationToken)
    {
        var script = await primary.ScriptAsync();
        var (after, batches, page) = (new RegionWatermark(shown.Epoch, shown.Sequence), 0, (LogPage?)null);
        do
        {
            page = await log.ReadAsync(after, upTo: null, limit: null, cancellationToken);
            if (!page.Complete || page.Batches.Any(batch => batch.Everything))
                await script.ReplayEverythingAsync(shown.Epoch, next);
            if (!page.Complete)
                Log.Lost(logger, shown);
            await PurgeAsync(script, shown.Epoch, next, page.Batches, cancellationToken);
            batches += page.Batches.Count;
            if (page.Batches is [.., var last])
                after = new RegionWatermark(last.Watermark.Epoch, last.Watermark.Sequence);
        }
        while (page.IsFull);

        if (batches > 0)
            Log.Replayed(logger, batches, shown);
    }

    // The regions' agents scan for a prefix themselves, but keys that stay on the primary would be copied to the regions again.
    private async Task PurgeAsync(
        PurgeScript script, long epoch, long next, IReadOnlyList<PurgeBatch> batches, CancellationToken cancellationToken)
    {
        var names = new PurgeNames(primary.Keys);
        foreach (var batch in batches)
            names.Add(batch.Keys, batch.Tags);
        foreach (var (keys, tags) in PurgeScript.Calls(names.Keys, names.Tags))
            await script.ReplayAsync(epoch, next, keys, tags);
        foreach (var prefix in batches.Select(batch => batch.Prefix).OfType<string>().Distinct(StringComparer.Ordinal))
            await (await primary.PrefixScanAsync()).RunAsync(prefix, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The primary took over at {Watermark} without the last {Count} purges of its predecessor; "
                + "they were replayed from the log")]
        public static partial void Replayed(ILogger logger, int count, Watermark watermark);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The primary took over at {Watermark}, but the purge log no longer has all later purges (Invalidator:LogRetention). "
                + "The whole cache was dropped in its regions")]
        public static partial void Lost(ILogger logger, Watermark watermark);
    }
}
