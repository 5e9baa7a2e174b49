using System.Diagnostics;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Telemetry;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Makes purges in batches of bounded size, each with a watermark of the current epoch.</summary>
internal sealed class Purger(
    IWatermarkSource source,
    InvalidatorMetrics metrics,
    IOptions<InvalidatorOptions> options,
    TimeProvider time)
{
    private static readonly ActivitySource Traces = new(ServiceDefaults.Telemetry);

    /// <summary>Purges names.</summary>
    /// <param name="names">The names.</param>
    /// <param name="origins">The origins of the changes that caused the purge.</param>
    /// <param name="cancellationToken">Cancels batches that have not started.</param>
    /// <returns>The batches; none if there are no names. After a failure, a retry also repeats the batches that were applied.</returns>
    public async Task<IReadOnlyList<PurgeBatch>> PurgeAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken)
    {
        ChangeOrigin[] causes = [.. origins.All];
        // Sends all calls at once, pipelined.
        return await Task.WhenAll(PurgeScript.Calls(names.Keys, names.Tags)
            .Select(call => PurgeAsync(new PurgeOrder(call.Keys, call.Tags, causes), cancellationToken)));
    }

    /// <summary>Applies an order in one batch.</summary>
    /// <param name="order">The order. The regions' agents find and drop the keys of a prefix.</param>
    /// <param name="cancellationToken">Cancels before the purge.</param>
    public async Task<PurgeBatch> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken)
    {
        using var activity = Traces.StartActivity("purge", ActivityKind.Internal, parentContext: default, links: Links(order.Origins));
        activity?.SetTag("lastmile.keys", order.Keys.Length).SetTag("lastmile.tags", order.Tags.Length);
        var watermark = await source.PurgeAsync(order, cancellationToken);
        if (watermark.Sequence > 0)
            activity?.SetTag("lastmile.watermark", watermark.ToString());
        var batch = new PurgeBatch(Guid.CreateVersion7(), watermark, order.Keys, order.Tags, time.GetUtcNow(), order.Origins)
        {
            Prefix = order.Prefix,
            Everything = order.Everything,
            DoubleDeleteAfter = options.Value.DoubleDeleteAfter is { Ticks: > 0 } after ? after : null,
        };
        metrics.Purged(batch);
        return batch;
    }

    // One purge serves many changes, so it links to their traces instead of being a child of one.
    private static IEnumerable<ActivityLink> Links(IEnumerable<ChangeOrigin> origins)
    {
        foreach (var origin in origins)
        {
            if (ActivityContext.TryParse(origin.TraceParent, traceState: null, isRemote: true, out var context))
                yield return new ActivityLink(context);
        }
    }
}
