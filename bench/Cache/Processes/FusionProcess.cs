using LastMile.Events.Fabric;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A process that uses FusionCache with its Redis backplane.</summary>
internal sealed class FusionProcess : IMemoryProcess
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup =
        "2.9 with its Redis backplane, Microsoft's IDistributedCache for Redis, and System.Text.Json; without its optional distributed "
        + "locker, an additional package; with EnableAutoClone for the mutable type, because it would give all callers the same object";

    private readonly ServiceProvider services;
    private readonly IFusionCache cache;
    private readonly FusionCacheEntryOptions allLevels;
    private readonly FusionCacheEntryOptions cloned;
    private readonly FusionCacheEntryOptions regionOnly;

    private FusionProcess(RedisServer region, CacheTimes times)
    {
        var application = new ServiceCollection();
        application.AddFusionCache()
            // Its keys are the application's, because purge rules name them.
            .WithOptions(options => options.DistributedCacheKeyModifierMode = CacheKeyModifierMode.None)
            .WithSerializer(new FusionCacheSystemTextJsonSerializer())
            .WithDistributedCache(new RedisCache(new RedisCacheOptions { Configuration = RegionAddress.Of(region) }))
            // Without the proxy's mode, which has no subscriptions.
            .WithBackplane(new RedisBackplane(new RedisBackplaneOptions { Configuration = region.Endpoint }));
        services = application.BuildServiceProvider();
        cache = services.GetRequiredService<IFusionCache>();
        allLevels = new FusionCacheEntryOptions(times.Local) { DistributedCacheDuration = times.Expiration };
        cloned = allLevels.Duplicate().SetAutoClone(true);
        regionOnly = allLevels.Duplicate().SetSkipMemoryCache(true);
    }

    public static Task<ICacheProcess> StartAsync(RedisServer region, CacheTimes times, CancellationToken cancellationToken) =>
        Task.FromResult<ICacheProcess>(new FusionProcess(region, times));

    public ValueTask<T> ReadAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class => ReadAsync(key, load, OptionsOf<T>());

    public ValueTask<T> ReadRegionAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class => ReadAsync(key, load, regionOnly);

    public void ReadShared(string[] keys)
    {
        foreach (var key in keys)
            cache.GetOrSet<Product>(key, static (_, _) => throw MissingValue.Failure(), allLevels);
    }

    public void ReadCopied(string[] keys)
    {
        foreach (var key in keys)
            cache.GetOrSet<MutableProduct>(key, static (_, _) => throw MissingValue.Failure(), cloned);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private FusionCacheEntryOptions OptionsOf<T>() => typeof(T) == typeof(MutableProduct) ? cloned : allLevels;

    private ValueTask<T> ReadAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load, FusionCacheEntryOptions options) =>
        cache.GetOrSetAsync<T>(key, (_, cancellation) => load(cancellation).AsTask(), options);
}
