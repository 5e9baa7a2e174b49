using System.Diagnostics.CodeAnalysis;
using LastMile.Events.Caching;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests which cache an application has that also registers Microsoft's.</summary>
public sealed class RegistrationOrderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_cache_replaces_Microsofts_in_any_order_and_keeps_its_options_and_serializers(bool isFirst)
    {
        var services = new ServiceCollection().AddLogging();
        if (isFirst)
            Add(services);
        services.AddStackExchangeRedisCache(redis => redis.Configuration = "127.0.0.1:1");
        services.AddHybridCache(options => options.MaximumKeyLength = 7).AddSerializerFactory<Factory>();
        if (!isFirst)
            Add(services);
        await using var provider = services.BuildServiceProvider();

        Assert.IsType<LastMileCache>(Assert.Single(provider.GetServices<HybridCache>()));
        Assert.Equal(7, provider.GetRequiredService<IOptions<HybridCacheOptions>>().Value.MaximumKeyLength);
        Assert.Contains(provider.GetServices<IHybridCacheSerializerFactory>(), factory => factory is Factory);
        Assert.StartsWith("Microsoft.", provider.GetRequiredService<IDistributedCache>().GetType().FullName, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_distributed_cache_that_was_registered_last_is_used(bool isFirst)
    {
        var services = new ServiceCollection().AddLogging();
        Add(services);
        if (isFirst)
            services.AddLastMileDistributedCache();
        services.AddStackExchangeRedisCache(redis => redis.Configuration = "127.0.0.1:1");
        if (!isFirst)
            services.AddLastMileDistributedCache();
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(!isFirst, provider.GetRequiredService<IDistributedCache>() is DistributedCacheAdapter);
    }

    [Fact]
    public async Task A_second_registration_adds_its_settings_and_nothing_else()
    {
        var services = new ServiceCollection().AddLogging();
        Add(services);
        services.AddLastMileCache(cache => cache.LeaseTime = TimeSpan.FromSeconds(7));
        await using var provider = services.BuildServiceProvider();

        Assert.Single(provider.GetServices<HybridCache>());
        // Each would receive the purges a second time.
        Assert.Equal(2, provider.GetServices<IHostedService>().Count());
        Assert.Equal(TimeSpan.FromSeconds(7), provider.GetRequiredService<IOptions<LastMileCacheOptions>>().Value.LeaseTime);
    }

    [Fact]
    public void A_container_may_be_disposed_synchronously()
    {
        var services = new ServiceCollection().AddLogging();
        Add(services);
        using var provider = services.BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredService<HybridCache>());
    }

    private static void Add(IServiceCollection services) => services.AddLastMileCache(cache => cache.Region("127.0.0.1:1"));

    private sealed class Factory : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = null;
            return false;
        }
    }
}
