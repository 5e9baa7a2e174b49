using System.Diagnostics;
using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Caching;
using LastMile.Events.Fabric;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Bench.Cache;

/// <summary>Measures reads through LastMile's cache over a Redis Cluster against those over one server. No agent runs.</summary>
internal static class ClusterCacheSection
{
    private const string Single = "one server";
    private const string Cluster = "cluster";
    private const int Keys = 100;

    private static readonly HybridCacheEntryOptions RegionOnly = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };
    private static readonly string[] Tags = ["category:7", "brand:12"];
    private static readonly Product Value = Product.Example(1);

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        using var folder = RunFolder.Create();
        await using var servers = ServerChoice.Open(await ServerChoice.DecideAsync(cancellationToken), folder.Path);
        var server = await servers.StartRedisAsync(new RedisSettings("redis-single", RedisRole.Region), cancellationToken);
        await using var cluster = await RedisClusterServers.StartAsync(servers);
        using var single = await StartAsync(server.EndpointAs(RedisUser.Application), cancellationToken);
        using var clustered = await StartAsync(cluster.EndpointAs(RedisUser.Application), cancellationToken);
        run.Report("reads over one server and over a cluster of three primaries");
        var caches = new Dictionary<string, HybridCache>(StringComparer.Ordinal)
        {
            [Single] = single.Services.GetRequiredService<LastMileCache>(),
            [Cluster] = clustered.Services.GetRequiredService<LastMileCache>(),
        };
        var rounds = run.Quick ? new Rounds(11, TimeSpan.FromMilliseconds(100)) : new Rounds(61, TimeSpan.FromMilliseconds(100));
        var (hits, misses) = (await HitsAsync(caches, rounds), await MissesAsync(caches, rounds));
        var memory = await MemoryAsync(caches, rounds);
        return new SectionResult(
            "cluster-cache",
            [hits, misses, .. memory],
            [],
            [new("allocated by a hit in memory, one server", memory[1].Of(Single).Median, 0, Bound.AtMost, "bytes")],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["entries"] = "two tags each, so a hit reads up to three nodes" });
    }

    private static async Task<IHost> StartAsync(string endpoint, CancellationToken cancellationToken)
    {
        var application = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        application.Services.AddLastMileCache(cache =>
        {
            cache.Region(endpoint);
            cache.RequireAgent = false;
        });
        application.Services.AddHealthChecks().AddLastMileCache();
        var host = application.Build();
        await host.StartAsync(cancellationToken);
        var health = host.Services.GetRequiredService<HealthCheckService>();
        using var polls = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while ((await health.CheckHealthAsync(cancellationToken)).Status != HealthStatus.Healthy)
            await polls.WaitForNextTickAsync(cancellationToken);
        return host;
    }

    private static async Task<Comparison> HitsAsync(Dictionary<string, HybridCache> caches, Rounds rounds)
    {
        var keys = Enumerable.Range(1, Keys).Select(id => $"region:{id}").ToArray();
        foreach (var (cache, key) in caches.Values.SelectMany(cache => keys.Select(key => (cache, key))))
            await KeptValue.PrepareAsync(load => cache.GetOrCreateAsync(key, load, RegionOnly, Tags), Value);
        var next = 0;
        return await Comparison.MeasureAsync("hit in the region's Redis", "µs", [Single, Cluster], rounds, name =>
            TimeAsync(rounds, () => caches[name].GetOrCreateAsync(
                keys[next++ % Keys], MissingValue.LoadAsync<Product>, RegionOnly, Tags)));
    }

    private static Task<Comparison> MissesAsync(Dictionary<string, HybridCache> caches, Rounds rounds)
    {
        var next = 0;
        return Comparison.MeasureAsync("miss and fill", "µs", [Single, Cluster], rounds, name =>
            TimeAsync(rounds, () => caches[name].GetOrCreateAsync($"miss:{next++}", _ => ValueTask.FromResult(Value), null, Tags)));
    }

    private static async Task<IReadOnlyList<Comparison>> MemoryAsync(Dictionary<string, HybridCache> caches, Rounds rounds)
    {
        foreach (var cache in caches.Values)
            await KeptValue.PrepareAsync(load => cache.GetOrCreateAsync("memory", load, null, Tags), Value);
        return await Comparison.MeasureAsync(
            [new("hit in memory", "ns"), new("allocated by a hit in memory", "bytes")], [Single, Cluster], rounds,
            name => Task.FromResult<IReadOnlyList<double>>(Memory(caches[name])));
    }

    private static double[] Memory(HybridCache cache)
    {
        const int Reads = 100_000;
        var (allocated, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        for (var read = 0; read < Reads; read++)
            Take(cache.GetOrCreateAsync("memory", MissingValue.LoadAsync<Product>, null, Tags));
        var elapsed = Stopwatch.GetElapsedTime(start);
        return [elapsed.TotalNanoseconds / Reads, (GC.GetAllocatedBytesForCurrentThread() - allocated) / Reads];
    }

    private static Product Take(ValueTask<Product> read) =>
        read.IsCompletedSuccessfully ? read.Result : throw MissingValue.Failure();

    private static async Task<double> TimeAsync(Rounds rounds, Func<ValueTask<Product>> read)
    {
        var (reads, start) = (0, Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            await read();
            reads++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < rounds.Slice);

        return elapsed.TotalMicroseconds / reads;
    }
}
