using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Watermarks from the database: the log assigns the sequence when it appends the batch, in the same round trip.</summary>
internal sealed class DatabaseWatermarks(CurrentEpoch epoch, [FromKeyedServices(Servers.Postgres)] Dependency postgres) : IWatermarkSource
{
    /// <inheritdoc/>
    public Dependency Server => postgres;

    /// <inheritdoc/>
    public async Task<Watermark> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken) =>
        new(await epoch.GetOrOpenAsync(cancellationToken), 0);

    /// <inheritdoc/>
    public Task<string> DropAsync(string prefix, string cursor) => Task.FromResult("");
}
