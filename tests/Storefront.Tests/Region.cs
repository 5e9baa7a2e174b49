using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Storefront.Cache;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// Each test has its own database, servers and queues, and waits more than it computes.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 6)]

namespace Storefront.Tests;

/// <summary>A primary and a region's writable replica, with the cache that an application in the region reads through.</summary>
internal sealed class Region : IAsyncDisposable
{
    private static readonly RedisKeys Names = new();

    private readonly RegionRedis connection;
    private readonly ConnectionMultiplexer primary;

    private Region(RedisServer primary, RedisServer replica, ConnectionMultiplexer connection)
    {
        Servers = [primary, replica];
        this.primary = connection;
        this.connection = new RegionRedis(Options.Create(new StorefrontOptions { Redis = { ConnectionString = replica.Endpoint } }));
        Cache = new RegionCache(this.connection, Names, Trust, NullLogger<RegionCache>.Instance);
    }

    public RedisServer[] Servers { get; }

    public RedisServer Replica => Servers[1];

    public RegionTrust Trust { get; } = new(NullLogger<RegionTrust>.Instance);

    public RegionCache Cache { get; }

    public Task<IDatabase> Redis => connection.DatabaseAsync();

    public static async Task<Region> StartAsync(SharedServers servers)
    {
        var first = await servers.StartRedisAsync();
        var replica = await servers.StartRedisAsync(RedisRole.Region, first.Port);
        var region = new Region(first, replica, await ConnectionMultiplexer.ConnectAsync(first.Endpoint));
        await region.Purge.OpenEpochAsync(1);
        return region;
    }

    /// <summary>Purges on the primary and waits until the purge has reached the region.</summary>
    public async Task PurgeAsync(string[] keys, string[] tags)
    {
        var watermark = await Purge.ApplyAsync(1, keys, tags);
        var redis = await Redis;
        await Eventually.Async(async () => await redis.StringGetAsync(Names.Watermark) == watermark.ToString());
    }

    public async Task<CacheEntry?> EntryAsync(string key) =>
        (string?)await (await Redis).StringGetAsync(key) is { } stored ? CacheEntry.Parse(stored) : null;

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await primary.DisposeAsync();
        foreach (var server in Servers)
            await server.Process.DisposeAsync();
    }

    private PurgeScript Purge => new(primary.GetDatabase(), Names);
}
