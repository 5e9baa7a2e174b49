using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>One of the two caches that each conformance test runs against, with its Redis.</summary>
public abstract class CacheSide : IAsyncLifetime
{
    /// <summary>How long a process of this product must have received purges before it stores a value that it did not load.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(1);

    private int names;

    /// <summary>Whether this is the cache of this product.</summary>
    public abstract bool IsLastMile { get; }

    /// <summary>Whether <c>SetAsync</c> stores a value in Redis, and not only in memory.</summary>
    public virtual bool WritesReachRedis => true;

    /// <summary>The Redis of all processes.</summary>
    public abstract IDatabase Redis { get; }

    /// <summary>Removes a key from Redis, and waits until no read can find it.</summary>
    public virtual Task RemoveAsync(string key) => Redis.KeyDeleteAsync(key);

    /// <summary>A process with default options, for all tests.</summary>
    public CacheHost Process { get; private set; } = null!;

    /// <summary>The connection string of the Redis.</summary>
    protected abstract string Endpoint { get; }

    public async ValueTask InitializeAsync()
    {
        await OpenAsync();
        Process = await StartAsync();
        await Process.ReadyToSetAsync();
    }

    /// <summary>Returns a key that no other test uses.</summary>
    public string NewKey() => $"order:{Interlocked.Increment(ref names)}";

    /// <summary>Returns a tag that no other test uses.</summary>
    public string NewTag() => $"customer:{Interlocked.Increment(ref names)}";

    /// <summary>Starts another process with the same Redis.</summary>
    /// <param name="configure">Configures its cache.</param>
    public async Task<CacheHost> StartAsync(Action<IHybridCacheBuilder>? configure = null)
    {
        var process = new CacheHost(services =>
        {
            var builder = Register(services);
            configure?.Invoke(builder);
        });
        await process.StartAsync();
        return process;
    }

    /// <summary>Starts a process whose Redis does not answer.</summary>
    public async Task<CacheHost> StartWithoutRedisAsync()
    {
        var nowhere = $"127.0.0.1:{FreePort.Next()},abortConnect=false,connectTimeout=200,connectRetry=0,syncTimeout=200";
        var process = new CacheHost(services => Register(services, nowhere));
        await process.StartAsync(hasRedis: false);
        return process;
    }

    /// <summary>Registers the cache.</summary>
    public IHybridCacheBuilder Register(IServiceCollection services) => Register(services, Endpoint);

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task OpenAsync();

    protected abstract IHybridCacheBuilder Register(IServiceCollection services, string endpoint);

    protected abstract ValueTask CloseAsync();
}

/// <summary>Microsoft's cache, with Redis as its distributed cache.</summary>
public sealed class HybridCacheSide(SharedServers servers) : CacheSide
{
    private ConnectionMultiplexer redis = null!;

    public override bool IsLastMile => false;

    public override IDatabase Redis => redis.GetDatabase();

    protected override string Endpoint => redis.Configuration;

    protected override async Task OpenAsync() =>
        redis = await ConnectionMultiplexer.ConnectAsync((await servers.StartRedisAsync()).Endpoint);

    protected override IHybridCacheBuilder Register(IServiceCollection services, string endpoint) =>
        services.AddStackExchangeRedisCache(redis => redis.Configuration = endpoint).AddHybridCache();

    protected override ValueTask CloseAsync() => redis.DisposeAsync();
}

/// <summary>The cache of this product, in a region.</summary>
/// <param name="region">The region.</param>
public abstract class LastMileCacheSide(CacheRegion region) : CacheSide
{
    public override bool IsLastMile => true;

    public override IDatabase Redis => region.Redis;

    public override Task RemoveAsync(string key) => region.RemoveAsync(key);

    // An administrator, because an application may not renew tags.
    protected override string Endpoint => region.Endpoint;

    protected override async Task OpenAsync() => await region.InitializeAsync();

    protected override IHybridCacheBuilder Register(IServiceCollection services, string endpoint) => services.AddLastMileCache(cache =>
    {
        region.ConnectAsAdministrator(cache);
        cache.Region(endpoint);
        if (endpoint != Endpoint && cache.PrimaryConfiguration is not null)
            cache.RegionPrimary(endpoint);
        cache.LeaseTime = LeaseTime;
        cache.RemoveFromThisRegionOnly = true;
    });

    protected override ValueTask CloseAsync() => region.DisposeAsync();
}

/// <summary>The cache of this product, whose Redis is one server.</summary>
public sealed class LastMileSide(SharedServers servers) : LastMileCacheSide(new ReplicatedRegion(servers));

/// <summary>The cache of this product, whose Redis is a cluster.</summary>
public sealed class ClusterSide(SharedServers servers) : LastMileCacheSide(new ClusterRegion(servers))
{
    public override bool WritesReachRedis => false;
}

/// <summary>The cache of this product, whose Redis is a read-only replica.</summary>
public sealed class ReadOnlySide(SharedServers servers) : LastMileCacheSide(new ReadOnlyRegion(servers))
{
    public override bool WritesReachRedis => false;
}

/// <summary>The tests of Microsoft's cache. They share a Redis and a process.</summary>
[CollectionDefinition]
public sealed class OnHybridCache : ICollectionFixture<HybridCacheSide>;

/// <summary>The tests of this product's cache. They share a region and a process.</summary>
[CollectionDefinition]
public sealed class OnLastMile : ICollectionFixture<LastMileSide>;

/// <summary>The tests of this product's cache over a cluster. They share a region and a process.</summary>
[CollectionDefinition]
public sealed class OnCluster : ICollectionFixture<ClusterSide>;

/// <summary>The tests of this product's cache over a read-only replica. They share a region and a process.</summary>
[CollectionDefinition]
public sealed class OnReadOnly : ICollectionFixture<ReadOnlySide>;
