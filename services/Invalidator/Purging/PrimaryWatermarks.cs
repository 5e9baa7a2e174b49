using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Watermarks from the Redis primary: the script that applies a purge there also moves the watermark.</summary>
internal sealed class PrimaryWatermarks(
    Primary primary, CurrentEpoch epoch, [FromKeyedServices(Servers.Redis)] Dependency redis) : IWatermarkSource
{
    /// <inheritdoc/>
    public Dependency Server => redis;

    /// <inheritdoc/>
    public async Task<Watermark> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var script = await primary.ScriptAsync();
            var current = await epoch.GetOrOpenAsync(cancellationToken);
            var watermark = await (order switch
            {
                { Everything: true } => script.DropEverythingAsync(current),
                { Prefix: not null } => script.ApplyPrefixAsync(current),
                _ => script.ApplyAsync(current, order.Keys, order.Tags),
            });
            redis.Answered();
            return watermark;
        }
        catch (EpochEndedException)
        {
            epoch.Forget();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<string> DropAsync(string prefix, string cursor) =>
        (await (await primary.PrefixScanAsync()).StepAsync(prefix, cursor)).Cursor;
}
