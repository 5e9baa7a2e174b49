using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;

namespace Caching.Tests.Conformance;

/// <summary>
/// Tests what Microsoft documents about <see cref="HybridCache"/>, against Microsoft's cache and the one of this product. Where they
/// differ on purpose, the test states both behaviours with <see cref="Differs"/>, and docs/caching.md lists the difference.
/// </summary>
/// <remarks>
/// Sources: https://learn.microsoft.com/aspnet/core/performance/caching/hybrid, and the API reference of
/// Microsoft.Extensions.Caching.Hybrid.
/// </remarks>
public abstract class ConformanceTests(CacheSide side)
{
    private static readonly HybridCacheEntryOptions OnlyMemory = new()
    {
        Flags = HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableDistributedCache,
    };

    private static readonly HybridCacheEntryOptions OnlyRedis = new()
    {
        Flags = HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableLocalCache,
    };

    /// <summary>A value that no test stores.</summary>
    protected const string Loaded = "loaded";

    private int loads;

    protected CacheSide Side { get; } = side;

    protected HybridCache Cache => Side.Process.Cache;

    /// <summary>The number of loads by <see cref="Load"/>.</summary>
    protected int Loads => Volatile.Read(ref loads);

    /// <summary>Returns the behaviour that a test expects where the caches differ on purpose.</summary>
    protected T Differs<T>(T hybridCache, T lastMile) => Side.IsLastMile ? lastMile : hybridCache;

    /// <summary>Returns what Redis holds after a value was set; null over a cluster, where only memory keeps it.</summary>
    protected string? SetInRedis(string value) => Side.WritesReachRedis ? value : null;

    /// <summary>Loads a value.</summary>
    protected ValueTask<T> Load<T>(T value)
    {
        Interlocked.Increment(ref loads);
        return ValueTask.FromResult(value);
    }

    /// <summary>Returns the value of a key, or <see cref="Loaded"/> if it must be loaded.</summary>
    protected async Task<string?> ReadAsync(
        string key, HybridCacheEntryOptions? options = null, HybridCache? cache = null, string[]? tags = null) =>
        await (cache ?? Cache).GetOrCreateAsync(key, _ => Load<string?>(Loaded), options, tags);

    /// <summary>Reads a key that is not cached, until it is.</summary>
    protected async Task FillAsync(
        string key, string value, HybridCacheEntryOptions? options = null, string[]? tags = null, HybridCache? cache = null) =>
        await Eventually.Async(async () =>
        {
            // Microsoft's cache drops an entry from memory if it has not read the state of a tag yet.
            await (cache ?? Cache).GetOrCreateAsync(key, _ => ValueTask.FromResult(value), options, tags);
            return await MemoryAsync(key, cache) == value && await RedisAsync(key, cache) == value;
        });

    /// <summary>Waits until memory and Redis keep a value of a key. The caller of a load does not wait for that.</summary>
    protected Task KeptAsync(string key, HybridCache? cache = null) => KeptAsync<string>(key, cache);

    /// <inheritdoc cref="KeptAsync(string, HybridCache?)"/>
    protected Task KeptAsync<T>(string key, HybridCache? cache = null) => Eventually.Async(async () =>
        await HasAsync<T>(key, OnlyMemory, cache) && await HasAsync<T>(key, OnlyRedis, cache));

    /// <summary>Waits until memory and Redis hold these values of a key; null for none.</summary>
    protected async Task HoldsAsync(string key, string? inMemory, string? inRedis, HybridCache? cache = null)
    {
        // The caller of a load does not wait until its value is kept. Wait for a later one, which is kept after it.
        await FillAsync(Side.NewKey(), "later", new() { Flags = HybridCacheEntryFlags.None }, cache: cache);
        await Eventually.Async(
            async () => (await MemoryAsync(key, cache), await RedisAsync(key, cache)),
            held => held == (inMemory, inRedis),
            TimeSpan.FromSeconds(10));
    }

    /// <summary>Returns the value in a process's memory; null for none.</summary>
    protected async Task<string?> MemoryAsync(string key, HybridCache? cache = null) =>
        await (cache ?? Cache).GetOrCreateAsync<string?>(key, _ => throw new InvalidOperationException("It may not load."), OnlyMemory);

    /// <summary>Returns the value in Redis; null for none.</summary>
    protected async Task<string?> RedisAsync(string key, HybridCache? cache = null) =>
        await (cache ?? Cache).GetOrCreateAsync<string?>(key, _ => throw new InvalidOperationException("It may not load."), OnlyRedis);

    // The values of these tests are not their types' defaults.
    private async Task<bool> HasAsync<T>(string key, HybridCacheEntryOptions level, HybridCache? cache) =>
        await (cache ?? Cache).GetOrCreateAsync<T?>(key, _ => throw new InvalidOperationException("It may not load."), level) is { } value
            && !value.Equals(default(T));
}
