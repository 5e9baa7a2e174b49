using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Gives each purge its watermark: the Redis primary, or the database if no primary is configured.</summary>
internal interface IWatermarkSource
{
    /// <summary>The server whose health a failed purge affects.</summary>
    Dependency Server { get; }

    /// <summary>Applies a purge here, as far as this server holds the cache.</summary>
    /// <param name="order">The purge. For a prefix, only the watermark moves; see <see cref="DropAsync"/>.</param>
    /// <param name="cancellationToken">Cancels before the purge.</param>
    /// <returns>The watermark; of sequence 0 if the log assigns the sequence.</returns>
    Task<Watermark> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Drops keys that begin with a prefix from this server, one step per call: a key left here could return to a region with a full
    /// resync.
    /// </summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="cursor">Empty to begin; otherwise as returned.</param>
    /// <returns>The cursor for the next step; empty at the end.</returns>
    Task<string> DropAsync(string prefix, string cursor);
}
