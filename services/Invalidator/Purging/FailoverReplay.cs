using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// Purges on a primary that has taken over what the log holds and it has not heard of: what the former one had acknowledged and not yet
/// replicated. Nobody may write the log meanwhile.
/// </summary>
internal sealed partial class FailoverReplay(Primary primary, LogPages log, ILogger<FailoverReplay> logger)
{
    /// <summary>Purges all that comes after what the primary shows.</summary>
    /// <param name="shown">The watermark that the primary shows.</param>
    /// <param name="next">The epoch that is to be opened afterwards.</param>
    /// <param name="cancellationToken">Gives up between two pages; then it must begin anew.</param>
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

    // Of a prefix the regions' agents find the keys by themselves; what the primary holds would come back to them.
    private async Task PurgeAsync(PurgeScript script, long epoch, long next, IReadOnlyList<PurgeBatch> batches, CancellationToken cancellationToken)
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
        [LoggerMessage(Level = LogLevel.Warning, Message = "The primary has taken over at {Watermark} without the last {Count} purges of the one before it: they are made again")]
        public static partial void Replayed(ILogger logger, int count, Watermark watermark);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The primary has taken over at {Watermark}, which is older than the purge log reaches back (Invalidator:LogRetention): the whole cache is dropped in its regions")]
        public static partial void Lost(ILogger logger, Watermark watermark);
    }
}
