using LastMile.Events.Caching;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the cache.</summary>
public static class LastMileCacheServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="HybridCache"/> over this process's memory and the region's Redis. It replaces the one of
    /// <c>AddHybridCache</c>, and uses the same <see cref="HybridCacheOptions"/> and serializers.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the region's Redis.</param>
    /// <returns>A builder, for serializers.</returns>
    public static IHybridCacheBuilder AddLastMileCache(this IServiceCollection services, Action<LastMileCacheOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);

        var builder = services.AddHybridCache();
        services.AddOptions<LastMileCacheOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LastMileCacheOptions>, LastMileCacheOptionsValidation>());
        services.TryAddSingleton<CacheParts>();
        services.AddHostedService(provider => provider.GetRequiredService<CacheParts>().Feed);
        services.AddHostedService(provider => provider.GetRequiredService<CacheParts>().Soundness);
        services.TryAddSingleton(provider => provider.GetRequiredService<CacheParts>().Cache);
        services.Replace(ServiceDescriptor.Singleton<HybridCache>(provider => provider.GetRequiredService<LastMileCache>()));
        return builder;
    }

    /// <summary>
    /// Registers an <see cref="IDistributedCache"/> over the cache, for libraries that need one. It is not for sessions: purges drop
    /// entries at any time, nothing can load a session again, and entries have no sliding expiration.
    /// </summary>
    /// <param name="services">The services, after <see cref="AddLastMileCache"/>.</param>
    public static IServiceCollection AddLastMileDistributedCache(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.Replace(ServiceDescriptor.Singleton<IDistributedCache>(
            provider => new DistributedCacheAdapter(provider.GetRequiredService<LastMileCache>(), TimeProvider.System)));
    }
}
