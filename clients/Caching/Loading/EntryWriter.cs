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
/// <remarks>
/// In a cluster, a purge is applied on the nodes before it is published, so this process can't know whether the key was purged just before
/// it is reserved. Then only memory keeps the value: the message drops it. The same holds if the region's Redis is a read-only replica,
/// where the message arrives after the purge was applied on the primary.
/// </remarks>
internal sealed class EntryWriter(
    RegionConnection connection,
    RegionEntries region,
    RegionCalls calls,
    RegionReplica? replica,
    LocalStore local,
    PurgeTable table,
    PurgeFeed feed,
    ValueCodec codec,
    PayloadLimit limit,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time)
{
    /// <summary>Stores a value in the region and in memory, as its flags allow.</summary>
    /// <param name="request">The key and its options.</param>
    /// <param name="value">The value.</param>
    /// <param name="calledAt">The timestamp at which the caller had the value.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether it was stored.</returns>
    public async Task<bool> WriteAsync<T>(EntryRequest request, T value, long calledAt, CancellationToken cancellationToken)
    {
        var bytes = codec.Serialize(value);
        if (!limit.Allows(request.Key, bytes.Length))
            return false;

        var isStored = request.FillsRegion && replica is null && connection.Shards is not { IsCluster: true }
            ? (await calls.TryAsync(() => FillAsync(request, bytes, calledAt, cancellationToken)).ConfigureAwait(false)).Answer
            : await DropAsync(request).ConfigureAwait(false)
                && await IsNewestAsync(request, calledAt, cancellationToken).ConfigureAwait(false);
        if (isStored)
            Keep(request, ValueCodec.Store(value, bytes));
        return isStored;
    }

    private async Task<bool> FillAsync(
        EntryRequest request, ReadOnlyMemory<byte> bytes, long calledAt, CancellationToken cancellationToken)
    {
        var token = RegionEntries.NewToken();
        if (await ReserveAsync(request, token).ConfigureAwait(false) is not { } reserved)
            return false;

        var isFilled = false;
        try
        {
            if (!await IsNewestAsync(request, calledAt, cancellationToken).ConfigureAwait(false))
                return false;
            var expiresAt = time.GetUtcNow().ToUnixTimeMilliseconds() + (long)request.Expiration.TotalMilliseconds;
            var entry = new RegionEntry(EntryKind.Value, token, expiresAt, reserved.Tags, bytes);
            var result = await region.FillAsync(request.Key, reserved, entry, [], request.Expiration).ConfigureAwait(false);
            isFilled = result == FillResult.Stored;
            return isFilled;
        }
        finally
        {
            if (!isFilled)
                await calls.TryAsync(() => region.ReleaseAsync(request.Key, token)).ConfigureAwait(false);
        }
    }

    // In a cluster and over a read-only replica: the value replaces the one in the region.
    private async Task<bool> DropAsync(EntryRequest request)
    {
        if (!request.FillsRegion)
            return true;
        var (answered, _) = await calls.TryAsync(() => region.DropAsync(request.Key)).ConfigureAwait(false);
        if (answered && replica is not null)
            await replica.CatchUpAsync().ConfigureAwait(false);
        return answered;
    }

    // Afterwards this process knows every purge from before the lease. A later one deletes the lease or renews a tag.
    private async Task<bool> IsNewestAsync(EntryRequest request, long calledAt, CancellationToken cancellationToken)
    {
        var isCaughtUp = await feed.CatchUpAsync(cancellationToken).ConfigureAwait(false);
        var window = options.Value.LeaseTime + time.GetElapsedTime(calledAt);
        return isCaughtUp && feed.Trust.HasHeldFor(window)
            && !table.WasPurgedWithin(window, PurgeTable.SlotOf(request.Key), request.TagSlots);
    }

    private void Keep(EntryRequest request, StoredValue value)
    {
        // A read that has already found an older value may not keep it, and later reads may not share it.
        table.Invalidate(PurgeTable.SlotOf(request.Key));
        if (request.Note is { } note && !request.Has(HybridCacheEntryFlags.DisableLocalCacheWrite)
            && request.LocalExpiration > TimeSpan.Zero)
        {
            local.Keep(
                request.Key, value, request.TagSlots, request.HashSlots, note with { Sum = note.Sum + 1 }, request.LocalExpiration);
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
