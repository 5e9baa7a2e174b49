using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;

namespace LastMile.Events.Caching;

/// <summary>
/// Serves <see cref="IDistributedCache"/> from the cache, for libraries that need one. Values are stored as by
/// <see cref="LastMileCache.SetAsync{T}"/>: not if a purge may be newer. So it is no home for data without a source, such as sessions.
/// </summary>
internal sealed class DistributedCacheAdapter(LastMileCache cache, TimeProvider time) : IBufferDistributedCache
{
    private static readonly HybridCacheEntryOptions OnlyCached = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
        await cache.GetOrCreateAsync<byte[]?>(key, static _ => default, OnlyCached, tags: null, token).ConfigureAwait(false);

    public bool TryGet(string key, IBufferWriter<byte> destination) => TryGetAsync(key, destination).AsTask().GetAwaiter().GetResult();

    public async ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (await GetAsync(key, token).ConfigureAwait(false) is not { } value)
            return false;
        destination.Write(value);
        return true;
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        SetAsync(key, value, options).GetAwaiter().GetResult();

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        await cache.SetAsync(key, value, OptionsOf(options), tags: null, token).ConfigureAwait(false);
    }

    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) => Set(key, value.ToArray(), options);

    public async ValueTask SetAsync(
        string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        await SetAsync(key, value.ToArray(), options, token).ConfigureAwait(false);

    // Nothing to do: no entry slides.
    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    public Task RemoveAsync(string key, CancellationToken token = default) => cache.RemoveAsync(key, token).AsTask();

    private HybridCacheEntryOptions? OptionsOf(DistributedCacheEntryOptions options)
    {
        if (options.SlidingExpiration is not null)
        {
            throw new NotSupportedException(
                "The cache has no sliding expiration, because an entry must not outlive the generation of its tags. Sessions need another "
                    + "store: purges drop entries at any time, and nothing can load a session again.");
        }

        var expiration = options.AbsoluteExpirationRelativeToNow ?? options.AbsoluteExpiration - time.GetUtcNow();
        return expiration is { } span ? new HybridCacheEntryOptions { Expiration = span } : null;
    }
}
