using System.Diagnostics;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Status;
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
    /// <returns>The batches; none when there are no names. Those that were applied before a failure are applied again by a retry.</returns>
    public async Task<IReadOnlyList<PurgeBatch>> PurgeAsync(PurgeNames names, CancellationToken cancellationToken)
    {
        var batches = new List<PurgeBatch>();
        var keys = names.Keys.Chunk(PurgeScript.MaxNames).ToList();
        var tags = names.Tags.Chunk(PurgeScript.MaxNames).ToList();
        for (var i = 0; i < Math.Max(keys.Count, tags.Count); i++)
            batches.Add(await PurgeAsync(keys.ElementAtOrDefault(i) ?? [], tags.ElementAtOrDefault(i) ?? [], cancellationToken));
        return batches;
    }

    private async Task<PurgeBatch> PurgeAsync(string[] keys, string[] tags, CancellationToken cancellationToken)
    {
        using var activity = Traces.StartActivity("purge");
        activity?.SetTag("lastmile.keys", keys.Length).SetTag("lastmile.tags", tags.Length);
        try
        {
            var script = await primary.ScriptAsync();
            var watermark = await script.ApplyAsync(await epoch.GetAsync(cancellationToken), keys, tags);
            redis.Answered();
            activity?.SetTag("lastmile.watermark", watermark.ToString());
            var batch = new PurgeBatch(Guid.CreateVersion7(), watermark, keys, tags, time.GetUtcNow());
            metrics.Purged(batch);
            return batch;
        }
        catch (EpochEndedException)
        {
            epoch.Forget();
            throw;
        }
    }
}
