using LastMile.Events.Fabric;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A process that uses a <see cref="HybridCache"/>: LastMile's or Microsoft's.</summary>
internal sealed class HybridProcess : IMemoryProcess
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup =
        "LastMile's entries have two tags, the peers' none, which favors the peers; "
        + "the peers' level 2 is Microsoft's IDistributedCache for Redis";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly IHost host;
    private readonly HybridCache cache;
    private readonly string[]? tags;
    private readonly HybridCacheEntryOptions allLevels;
    private readonly HybridCacheEntryOptions regionOnly;

    private HybridProcess(HostApplicationBuilder application, CacheTimes times, string[]? tags)
    {
        host = application.Build();
        cache = host.Services.GetRequiredService<HybridCache>();
        this.tags = tags;
        allLevels = new HybridCacheEntryOptions { Expiration = times.Expiration, LocalCacheExpiration = times.Local };
        regionOnly = new HybridCacheEntryOptions
        {
            Expiration = times.Expiration,
            Flags = HybridCacheEntryFlags.DisableLocalCache,
        };
    }

    /// <summary>Starts a process with LastMile's cache, and waits until it uses both levels.</summary>
    public static async Task<ICacheProcess> StartLastMileAsync(
        RedisServer region, CacheTimes times, CancellationToken cancellationToken)
    {
        var application = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        application.Services.AddLastMileCache(cache => cache.Region(region.EndpointAs(RedisUser.Application)));
        application.Services.AddHealthChecks().AddLastMileCache();
        var process = new HybridProcess(application, times, ["category:7", "brand:12"]);
        await process.host.StartAsync(cancellationToken);
        await process.HealthyAsync(cancellationToken);
        return process;
    }

    /// <summary>Starts a process with Microsoft's cache.</summary>
    public static async Task<ICacheProcess> StartMicrosoftAsync(
        RedisServer region, CacheTimes times, CancellationToken cancellationToken)
    {
        var application = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        application.Services.AddStackExchangeRedisCache(redis => redis.Configuration = RegionAddress.Of(region));
        application.Services.AddHybridCache();
        var process = new HybridProcess(application, times, tags: null);
        await process.host.StartAsync(cancellationToken);
        return process;
    }

    public ValueTask<T> ReadAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class => cache.GetOrCreateAsync(key, load, allLevels, tags);

    public ValueTask<T> ReadRegionAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class => cache.GetOrCreateAsync(key, load, regionOnly, tags);

    public void ReadShared(string[] keys)
    {
        foreach (var key in keys)
            Take(cache.GetOrCreateAsync(key, MissingValue.LoadAsync<Product>, allLevels, tags));
    }

    public void ReadCopied(string[] keys)
    {
        foreach (var key in keys)
            Take(cache.GetOrCreateAsync(key, MissingValue.LoadAsync<MutableProduct>, allLevels, tags));
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    private static T Take<T>(ValueTask<T> read) => read.IsCompletedSuccessfully
        ? read.Result
        : throw MissingValue.Failure();

    private async Task HealthyAsync(CancellationToken cancellationToken)
    {
        var health = host.Services.GetRequiredService<HealthCheckService>();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartDeadline);
        using var polls = new PeriodicTimer(PollInterval);
        while ((await health.CheckHealthAsync(deadline.Token)).Status != HealthStatus.Healthy)
            await polls.WaitForNextTickAsync(deadline.Token);
    }
}
