using System.Diagnostics.Metrics;
using LastMile.Events.Caching;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// These tests mostly wait, so more tests than cores can run at the same time.
[assembly: Parallelization(MaxThreads = 4)]

namespace Caching.Tests;

/// <summary>A region's Redis, for the tests of one class, and processes of an application in that region.</summary>
public abstract class CacheRegion : IAsyncLifetime
{
    private int keys;

    public abstract IDatabase Redis { get; }

    public RedisKeys Keys { get; } = new();

    /// <summary>An administrator's connection string.</summary>
    public abstract string Endpoint { get; }

    public abstract ValueTask InitializeAsync();

    /// <summary>Returns a key that no other test uses.</summary>
    public string NewKey() => $"product:{Interlocked.Increment(ref keys)}";

    /// <summary>Drops keys and renews tags, and waits until the region has done it.</summary>
    public abstract Task PurgeAsync(string[] dropped, params string[] tags);

    /// <summary>Applies as a region's agent a purge that the watermark has passed.</summary>
    public abstract Task RepairAsync(string[] dropped, params string[] tags);

    /// <summary>Removes a key without a purge, and waits until no read can find it.</summary>
    public virtual Task RemoveAsync(string key) => Redis.KeyDeleteAsync(key);

    /// <summary>States as a region's agent whether readers may use the cache.</summary>
    public abstract Task StateAsync(bool isSound);

    /// <summary>Starts a process of the application, with the rights that an application has, and waits until it receives purges.</summary>
    public async Task<CacheProcess> StartAsync(Action<LastMileCacheOptions>? configure = null)
    {
        var process = new CacheProcess(EndpointOfApplication, cache =>
        {
            cache.RegionPrimary(PrimaryEndpointOfApplication);
            configure?.Invoke(cache);
        });
        await process.StartAsync();
        return process;
    }

    /// <summary>Connects with all rights, for example to renew tags, which an application may not by default.</summary>
    /// <param name="cache">The options of the process.</param>
    public virtual void ConnectAsAdministrator(LastMileCacheOptions cache) => cache.Region(Endpoint);

    /// <summary>Sends a command to each server that holds keys. StackExchange.Redis would send no write to a replica.</summary>
    public abstract Task AdminAsync(params string[] command);

    /// <summary>Sends a message to every subscriber of the purges.</summary>
    public abstract Task PublishAsync(string body);

    /// <summary>Sends a command to a server.</summary>
    public static async Task AdminAsync(RedisServer server, params string[] command)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await RespConnection.OpenAsync(ConfigurationOptions.Parse(server.Endpoint), cancellation);
        await connection.SendAsync(command, cancellation);
        var answer = await connection.ReceiveAsync(cancellation);
        Assert.False(answer.IsError, answer.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The connection string with the rights of an application.</summary>
    protected abstract string EndpointOfApplication { get; }

    /// <summary>The connection string of the primary, if the region's Redis is a read-only replica; empty if not.</summary>
    protected virtual string PrimaryEndpointOfApplication => "";

    protected abstract ValueTask CloseAsync();
}

/// <summary>A primary, and a region's Redis that is its replica.</summary>
public sealed class ReplicatedRegion(SharedServers servers) : CacheRegion
{
    private ConnectionMultiplexer primary = null!;
    private ConnectionMultiplexer region = null!;

    public RedisServer Server { get; private set; } = null!;

    public override IDatabase Redis => region.GetDatabase();

    public override string Endpoint => Server.Endpoint;

    /// <summary>Purges as an Invalidator does.</summary>
    public PurgeScript Purges { get; private set; } = null!;

    protected override string EndpointOfApplication => Server.EndpointAs(RedisUser.Application);

    private SoundMarker Agent => new(Redis, Keys);

    public override async ValueTask InitializeAsync()
    {
        var server = await servers.StartRedisAsync();
        Server = await servers.StartRedisAsync(RedisRole.Region, server.Port);
        primary = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        region = await ConnectionMultiplexer.ConnectAsync($"{Server.Endpoint},proxy=Envoyproxy");
        Purges = new PurgeScript(primary.GetDatabase(), Keys);
        await Purges.OpenEpochAsync(1);
        await WaitForReplicaAsync();
        await StateAsync(isSound: true);
    }

    public override async Task PurgeAsync(string[] dropped, params string[] tags)
    {
        await Purges.ApplyAsync(1, dropped, tags);
        await WaitForReplicaAsync();
    }

    public override async Task RepairAsync(string[] dropped, params string[] tags)
    {
        // Absent after a flush.
        var shown = Watermark.TryParse(await Redis.StringGetAsync(Keys.Watermark), out var watermark) ? watermark : new Watermark(1, 1);
        await new ApplyScript(Redis, Keys).ApplyAsync(shown, dropped, tags);
    }

    public override Task StateAsync(bool isSound) => isSound ? Agent.SetAsync(TimeSpan.FromHours(1)) : Agent.ClearAsync();

    public async Task WaitForReplicaAsync() => Assert.Equal(1, (int)await primary.GetDatabase().ExecuteAsync("WAIT", 1, 10_000));

    public override Task AdminAsync(params string[] command) => AdminAsync(Server, command);

    public override Task PublishAsync(string body) => AdminAsync("PUBLISH", Keys.PurgeChannel.ToString(), body);

    protected override async ValueTask CloseAsync()
    {
        await primary.DisposeAsync();
        await region.DisposeAsync();
    }
}

/// <summary>A process of an application that uses the cache. It shares nothing with another but the region's Redis.</summary>
public sealed class CacheProcess : IAsyncDisposable
{
    private readonly IHost host;
    private readonly WarningRecorder log = new();
    private bool isStarted;

    public CacheProcess(string endpoint, Action<LastMileCacheOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLastMileCache(cache =>
        {
            cache.Region(endpoint);
            configure?.Invoke(cache);
        });
        builder.Services.AddLastMileDistributedCache();
        builder.Services.AddHealthChecks().AddLastMileCache();
        builder.Services.AddMetrics();
        builder.Logging.AddProvider(log);
        host = builder.Build();
    }

    public IDistributedCache Distributed => Service<IDistributedCache>();

    /// <summary>Returns whether a meter belongs to this process.</summary>
    public bool Owns(Meter meter) => meter.Scope == Service<IMeterFactory>();

    public Task<HealthReport> HealthAsync() => Service<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    private T Service<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>The warnings that the process has logged.</summary>
    public IReadOnlyCollection<string> Warnings => log.Warnings;

    public LastMileCache Cache => host.Services.GetRequiredService<LastMileCache>();

    private CacheParts Parts => host.Services.GetRequiredService<CacheParts>();

    public async Task StartAsync(bool waitForPurges = true)
    {
        await host.StartAsync();
        isStarted = true;
        if (waitForPurges)
        {
            await Eventually.Async(
                () => Task.FromResult((ReceivesPurges, IsSound && IsSoundEverywhere, Warnings: string.Join(' ', Warnings))),
                state => state is (true, true, _),
                TimeSpan.FromSeconds(20));
        }
    }

    public bool HasReceivedPurgesFor(TimeSpan span) => Parts.Feed.Trust.HasHeldFor(span);

    /// <summary>Returns whether the process would serve a key from memory.</summary>
    public bool Holds(string key) => Parts.Local.Get(key) is not null;

    /// <summary>The bytes that values take in memory.</summary>
    public long LocalBytes => Parts.Local.Size;

    /// <summary>The id of the cluster's node that the process receives purges from, or did last.</summary>
    public string? NodeId => Parts.Feed.Shard?.Node?.Id;

    public bool IsSound => Parts.Soundness.Holds;

    // Some slots of each node of a cluster.
    private bool IsSoundEverywhere => Parts.Soundness.HoldsFor([.. Enumerable.Range(0, 64).Select(n => n * (HashSlot.Count / 64))]);

    /// <summary>Whether the connection for the data is open. It is not the one for the purges.</summary>
    public bool IsConnected => Parts.Connection.IsConnected;

    public bool ReceivesPurges => Parts.Feed.Trust.Holds;

    /// <summary>Waits until the process has received every purge that the region's Redis has applied.</summary>
    public async Task CatchUpAsync() =>
        Assert.True(await Parts.Feed.CatchUpAsync(TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (isStarted)
            await host.StopAsync();
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            host.Dispose();
    }
}
