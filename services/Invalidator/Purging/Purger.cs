using System.Diagnostics;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Status;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Applies purges on the primary, in calls of bounded size, each under the current epoch.</summary>
internal sealed class Purger(
    Primary primary,
    CurrentEpoch epoch,
    [FromKeyedServices(Servers.Redis)] Dependency redis,
    InvalidatorMetrics metrics,
    TimeProvider time)
{
    private static readonly ActivitySource Traces = new(ServiceDefaults.Telemetry);

    /// <summary>Purges names.</summary>
    /// <param name="names">The names.</param>
    /// <param name="origins">What asked for it.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    /// <returns>The batches; none when there are no names. Those that were applied before a failure are applied again by a retry.</returns>
    public async Task<IReadOnlyList<PurgeBatch>> PurgeAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken)
    {
        ChangeOrigin[] asked = [.. origins.All];
        string[][] keys = [.. names.Keys.Chunk(PurgeScript.MaxNames)];
        string[][] tags = [.. names.Tags.Chunk(PurgeScript.MaxNames)];

        // All under way at once, in one pipeline.
        return await Task.WhenAll(Enumerable.Range(0, Math.Max(keys.Length, tags.Length)).Select(i =>
            PurgeAsync(keys.ElementAtOrDefault(i) ?? [], tags.ElementAtOrDefault(i) ?? [], asked, cancellationToken)));
    }

    private async Task<PurgeBatch> PurgeAsync(string[] keys, string[] tags, ChangeOrigin[] origins, CancellationToken cancellationToken)
    {
        using var activity = Traces.StartActivity("purge", ActivityKind.Internal, parentContext: default, links: Links(origins));
        activity?.SetTag("lastmile.keys", keys.Length).SetTag("lastmile.tags", tags.Length);
        try
        {
            var script = await primary.ScriptAsync();
            var watermark = await script.ApplyAsync(await epoch.GetAsync(cancellationToken), keys, tags);
            redis.Answered();
            activity?.SetTag("lastmile.watermark", watermark.ToString());
            var batch = new PurgeBatch(Guid.CreateVersion7(), watermark, keys, tags, time.GetUtcNow(), origins);
            metrics.Purged(batch);
            return batch;
        }
        catch (EpochEndedException)
        {
            epoch.Forget();
            throw;
        }
    }

    // One purge serves many changes, so it is no child of one: their traces are linked to it.
    private static IEnumerable<ActivityLink> Links(ChangeOrigin[] origins)
    {
        foreach (var origin in origins)
        {
            if (ActivityContext.TryParse(origin.TraceParent, traceState: null, isRemote: true, out var context))
                yield return new ActivityLink(context);
        }
    }
}
