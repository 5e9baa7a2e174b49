using LastMile.Events.Caching;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests which services and which of <see cref="HybridCacheOptions"/> a cache uses.</summary>
public abstract class RegistrationTests(CacheSide side) : ConformanceTests(side)
{
    [Fact]
    public async Task The_cache_is_one_service_for_the_process()
    {
        await using var process = await Side.StartAsync();

        var cache = Assert.Single(process.Services.GetServices<HybridCache>());
        Assert.Same(cache, process.Services.GetRequiredService<HybridCache>());
        Assert.Equal(Side.IsLastMile, cache is LastMileCache);
    }

    [Fact]
    public async Task The_memory_cache_of_the_application_is_used_only_by_Microsofts_cache()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        var memory = Side.Process.Services.GetRequiredService<IMemoryCache>();

        // The application's own entries do not count against the limit of this product, and can't have the same keys.
        Assert.Equal(Differs(hybridCache: true, lastMile: false), memory.TryGetValue(key, out _));
    }

    [Fact]
    public async Task A_keyed_distributed_cache_is_used_only_by_Microsofts_cache()
    {
        var keyed = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        await using var process = await Side.StartAsync(builder =>
        {
            builder.Services.AddKeyedSingleton<IDistributedCache>("other", new Wrapper(keyed));
            builder.Services.Configure<HybridCacheOptions>(options => options.DistributedCacheServiceKey = "other");
        });
        var key = Side.NewKey();

        await FillAsync(key, "v1", cache: process.Cache);

        // The second level of this product is always the region's Redis, because purges reach no other.
        var isKeyed = await keyed.GetAsync(key, TestContext.Current.CancellationToken) is not null;
        Assert.Equal(Differs(hybridCache: true, lastMile: false), isKeyed);
        Assert.Equal(Differs(hybridCache: false, lastMile: true), await Side.Redis.KeyExistsAsync(key));
    }

    [Fact]
    public async Task A_keyed_cache_is_Microsofts_cache()
    {
        await using var process = await Side.StartAsync(builder => builder.Services.AddKeyedHybridCache("other"));

        Assert.IsNotType<LastMileCache>(process.Services.GetRequiredKeyedService<HybridCache>("other"));
        Assert.Equal(Side.IsLastMile, process.Cache is LastMileCache);
    }

    [Fact]
    public async Task Tags_in_metrics_change_no_result()
    {
        await using var process = await Side.StartAsync(
            builder => builder.Services.Configure<HybridCacheOptions>(options => options.ReportTagMetrics = true));
        var (key, tag) = (Side.NewKey(), Side.NewTag());

        await FillAsync(key, "v1", tags: [tag], cache: process.Cache);
        await process.Cache.RemoveByTagAsync(tag);

        Assert.Equal(Loaded, await ReadAsync(key, cache: process.Cache, tags: [tag]));
    }

    [Fact]
    public async Task Compression_can_be_disabled_and_changes_no_result()
    {
        await using var process = await Side.StartAsync(
            builder => builder.Services.Configure<HybridCacheOptions>(options => options.DisableCompression = true));
        var (key, value) = (Side.NewKey(), new string('x', 10_000));

        await FillAsync(key, value, cache: process.Cache);

        Assert.Equal(value, await RedisAsync(key));
    }

    // Microsoft's cache ignores a MemoryDistributedCache, which would be a second copy in the same memory.
    private sealed class Wrapper(IDistributedCache inner) : IDistributedCache
    {
        public byte[]? Get(string key) => inner.Get(key);

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => inner.GetAsync(key, token);

        public void Refresh(string key) => inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => inner.RefreshAsync(key, token);

        public void Remove(string key) => inner.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => inner.RemoveAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => inner.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            inner.SetAsync(key, value, options, token);
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheRegistrationTests(HybridCacheSide side) : RegistrationTests(side);

[Collection<OnLastMile>]
public sealed class LastMileRegistrationTests(LastMileSide side) : RegistrationTests(side);

[Collection<OnCluster>]
public sealed class ClusterRegistrationTests(ClusterSide side) : RegistrationTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyRegistrationTests(ReadOnlySide side) : RegistrationTests(side);
