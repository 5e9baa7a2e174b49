using System.Diagnostics.Metrics;
using LastMile.Events.Caching.Loading;
using LastMile.Events.Caching.Local;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Removing;
using LastMile.Events.Caching.Serialization;
using LastMile.Events.Caching.Telemetry;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching;

/// <summary>The parts of the cache, in the order in which they depend on each other. None is the application's own service.</summary>
internal sealed class CacheParts : IAsyncDisposable, IDisposable
{
    private readonly HttpPurgeRequester? http;
    private readonly CacheMetrics metrics;
    private readonly LoadTransactions transactions = new();

    public CacheParts(
        IOptions<LastMileCacheOptions> options, IOptions<HybridCacheOptions> hybrid, ILoggerFactory logs, IServiceProvider services)
    {
        var time = TimeProvider.System;
        var keys = new RedisKeys(options.Value.KeyPrefix, options.Value.Lineage);
        Connection = new RegionConnection(options.Value.RegionConfiguration!);
        if (options.Value.PrimaryConfiguration is { } primary)
        {
            Primary = new RegionConnection(primary);
            Primary.Found(ShardMap.Single(keys, new TimedTrust(time, options.Value.TrustFor)));
        }

        Table = new PurgeTable(time);
        Feed = new PurgeFeed(Connection, keys, Table, options, time, logs.CreateLogger<PurgeFeed>());
        Soundness = new RegionSoundness(Connection, Primary, Feed, options, time, logs.CreateLogger<RegionSoundness>());
        Local = new LocalStore(Table, Feed, Soundness, options, time);
        http = options.Value.Api is { } api ? new HttpPurgeRequester(api.Address, api.Key) : null;

        metrics = new CacheMetrics(services.GetService<IMeterFactory>(), () => Feed.Trust.Age?.TotalSeconds, () => Local.Size);
        var codec = new ValueCodec(services);
        var limit = new PayloadLimit(hybrid, logs.CreateLogger<PayloadLimit>());
        var written = Primary ?? Connection;
        var calls = new RegionCalls(written, time, logs.CreateLogger<RegionCalls>(), isPrimary: Primary is not null);
        var region = new RegionEntries(written, keys, options.Value.LeaseTime);
        var replica = Primary is null ? null : new RegionReplica(
            new RegionEntries(Connection, keys, options.Value.LeaseTime),
            new RegionCalls(Connection, time, logs.CreateLogger<RegionCalls>()),
            region, calls, Table, Feed, time);
        var defaults = new EntryDefaults(hybrid, options);
        Cache = new LastMileCache(
            Connection,
            Local,
            Soundness,
            new EntryReader(
                Connection, region, calls, replica, Local, Table, Soundness, codec, limit, metrics, keys, options, time,
                logs.CreateLogger<EntryReader>()),
            new EntryWriter(Connection, region, calls, replica, Local, Table, Feed, codec, limit, options, time),
            new Remover(region, calls, replica, Table, keys, options, services.GetService<IPurgeRequester>() ?? http, time),
            codec,
            metrics,
            keys,
            new CacheKeys(defaults, keys, logs.CreateLogger<CacheKeys>()),
            defaults,
            time);
    }

    public RegionConnection Connection { get; }

    /// <summary>The connection to the primary of a region whose Redis is a read-only replica; null if it accepts writes.</summary>
    public RegionConnection? Primary { get; }

    public PurgeTable Table { get; }

    public PurgeFeed Feed { get; }

    public RegionSoundness Soundness { get; }

    public LocalStore Local { get; }

    public LastMileCache Cache { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Feed.Dispose();
        Soundness.Dispose();
        http?.Dispose();
        transactions.Dispose();
        metrics.Dispose();
        await Connection.DisposeAsync().ConfigureAwait(false);
        if (Primary is not null)
            await Primary.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
