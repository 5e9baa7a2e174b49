using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Cache.Staleness;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Cache;

/// <summary>Measures reads through LastMile's cache against the caches that an application would use otherwise.</summary>
internal static class CacheSection
{
    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        // A read takes microseconds at most, so short turns suffice, and many of them resist a machine's slow moments.
        var brief = run.Quick ? new Rounds(15, TimeSpan.FromMilliseconds(50)) : new Rounds(61, TimeSpan.FromMilliseconds(100));
        var results = await ReadAsync(run, system, brief, cancellationToken);
        run.Report("stores for values in memory");
        var stores = await new LocalStores(brief).CompareAsync();
        // Longer than values stay in memory.
        var lasting = run.Quick ? new Rounds(2, TimeSpan.FromSeconds(6)) : new Rounds(4, TimeSpan.FromSeconds(12));
        run.Report($"reads while rows change: {lasting.Count} rounds of {CacheProcesses.Names.Count} contenders");
        var stale = await StaleReads.CompareAsync(system, lasting, cancellationToken);
        return new SectionResult("cache", [.. results.All, stale.Share, stale.Longest, stale.Cached, .. stores], [], Targets(), Settings());

        Target[] Targets()
        {
            var (lastMile, hybrid, fusion) = (CacheContender.LastMile.Name, CacheContender.Hybrid.Name, CacheContender.Fusion.Name);
            return
            [
                new(
                    "hit in memory, relative to HybridCache", results.Shared.Time.Ratio(lastMile, hybrid), 1, Bound.AtMost, "×"),
                new(
                    "hit in memory, relative to FusionCache's GetOrSet",
                    results.Shared.Time.Ratio(lastMile, fusion),
                    0.3,
                    Bound.AtMost,
                    "×"),
                new("allocated by a hit in memory", results.Shared.Allocated.Of(lastMile).Median, 0, Bound.AtMost, "bytes"),
                new("hit in the region's Redis, relative to HybridCache", results.Hits.Ratio(lastMile, hybrid), 1, Bound.AtMost, "×"),
                new("loads of a key in a stampede", results.Loads.Of(lastMile).Samples.Max(), 1, Bound.AtMost, "per key"),
                new("stale reads under writes", stale.Share.Of(lastMile).Median, 0.5, Bound.AtMost, "%"),
                new("longest age of a stale read, all rounds", stale.Longest.Of(lastMile).Samples.Max(), 20, Bound.AtMost, "ms"),
            ];
        }
    }

    private static async Task<Reads> ReadAsync(
        BenchRun run, BenchSystem system, Rounds rounds, CancellationToken cancellationToken)
    {
        await using var processes = await CacheProcesses.StartAsync(system.Servers.Regions[0].Redis, cancellationToken);
        run.Report($"reads from memory and from a region's Redis, misses, stampedes: {rounds.Count} rounds each");
        var memory = new MemoryReads(processes, rounds);
        var region = new RegionReads(processes, rounds);
        return new Reads(
            await memory.SharedAsync(),
            await memory.CopiedAsync(),
            await region.HitsAsync(),
            await region.MissesAsync(),
            await new Stampede(processes, run.Rounds).CompareAsync());
    }

    private static Dictionary<string, string> Settings() => new(StringComparer.Ordinal)
    {
        ["caches"] = HybridProcess.Setup,
        [CacheContender.Fusion.Name] = FusionProcess.Setup,
        [CacheContender.Redis.Name] = RedisProcess.Setup,
        ["processes"] = "the two processes of a contender are hosts in the benchmark's process, which share nothing but the region's Redis",
        ["under writes"] = StaleReads.Setup,
    };

    private sealed record Reads(
        MemoryComparison Shared,
        MemoryComparison Copied,
        Comparison Hits,
        Comparison Misses,
        Comparison Loads)
    {
        public IEnumerable<Comparison> All =>
            [Shared.Time, Shared.Allocated, Copied.Time, Copied.Allocated, Hits, Misses, Loads];
    }
}
