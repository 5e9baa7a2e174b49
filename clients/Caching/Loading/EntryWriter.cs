using LastMile.Events.Caching.Local;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Serialization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Loading;

/// <summary>
/// Stores a value that the caller has, unless a purge may be newer than it: the key or one of its tags was purged within
/// <see cref="LastMileCacheOptions.LeaseTime"/> before the call, or this process did not receive the purges for that long. Thread-safe.
/// </summary>
internal sealed class EntryWriter(
    RegionEntries region,
    RegionCalls calls,
    LocalStore local,
    PurgeTable table,
    PurgeFeed feed,
    ValueCodec codec,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time)
{
    /// <summary>Stores a value in the region and in memory.</summary>
    /// <param name="request">The key and its options.</param>
    /// <param name="value">The value.</param>
    /// <param name="calledAt">The timestamp at which the caller had the value.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether it was stored.</returns>
    public async Task<bool> WriteAsync<T>(EntryRequest request, T value, long calledAt, CancellationToken cancellationToken)
    {
        var bytes = codec.Serialize(value);
        if (bytes.Length > request.MaximumBytes)
            return false;

        var token = RegionEntries.NewToken();
        var (_, reserved) = await calls.TryAsync(() => ReserveAsync(request, token)).ConfigureAwait(false);
        if (reserved is null)
            return false;

        var isFilled = false;
        try
        {
            // Afterwards this process knows every purge from before the lease. A later one deletes the lease or renews a tag.
            var isNewest = await feed.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            var window = options.Value.LeaseTime + time.GetElapsedTime(calledAt);
            if (!isNewest || !feed.Trust.HasHeldFor(window)
                || table.WasPurgedWithin(window, PurgeTable.SlotOf(request.Key), request.TagSlots))
            {
                return false;
            }

            var expiresAt = time.GetUtcNow().ToUnixTimeMilliseconds() + (long)request.Expiration.TotalMilliseconds;
            var entry = new RegionEntry(EntryKind.Value, token, expiresAt, reserved.Tags, bytes);
            var (_, result) = await calls
                .TryAsync(() => region.FillAsync(request.Key, reserved, entry, [], request.Expiration))
                .ConfigureAwait(false);
            isFilled = result == FillResult.Stored;
            if (!isFilled)
                return false;
            if (request.Note is { } note && !request.Has(HybridCacheEntryFlags.DisableLocalCacheWrite)
                && request.LocalExpiration > TimeSpan.Zero)
            {
                local.Keep(request.Key, ValueCodec.Store(value, bytes), request.TagSlots, note, request.LocalExpiration);
            }

            return true;
        }
        finally
        {
            if (!isFilled)
                await calls.TryAsync(() => region.ReleaseAsync(request.Key, token)).ConfigureAwait(false);
        }
    }

    // A write replaces whatever the key holds, also another reader's lease.
    private async Task<RegionRead?> ReserveAsync(EntryRequest request, string token)
    {
        while (true)
        {
            var read = await region.ReadAsync(request.Key, request.Tags, token).ConfigureAwait(false);
            if (read.IsReserved || read.Entry?.Token == token)
                return read;
            if (read.Entry is not { } entry)
                return null;
            if (await region.ReserveAsync(request.Key, entry, token).ConfigureAwait(false))
                return read;
        }
    }
}
