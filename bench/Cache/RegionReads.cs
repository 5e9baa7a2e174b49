using System.Diagnostics;
using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Cache;

/// <summary>Measures reads of one process that go to the region's Redis.</summary>
/// <param name="processes">The contenders.</param>
/// <param name="rounds">The rounds.</param>
internal sealed class RegionReads(CacheProcesses processes, Rounds rounds)
{
    private const int Keys = 100;

    private static readonly Product Value = Product.Example(1);

    private int missed;

    /// <summary>Compares reads of values that are in the region's Redis and not in memory.</summary>
    public Task<Comparison> HitsAsync() => CompareAsync("hit in the region's Redis", async name =>
    {
        var process = processes.One(name);
        var keys = Enumerable.Range(1, Keys).Select(id => $"{name}:region:{id}").ToArray();
        foreach (var key in keys)
            await KeptValue.PrepareAsync(load => process.ReadRegionAsync(key, load), Value);

        var next = 0;
        return () => process.ReadRegionAsync(keys[next++ % Keys], MissingValue.LoadAsync<Product>);
    });

    /// <summary>Compares reads of values that are nowhere, until the caller has its value. The load itself takes no time.</summary>
    public Task<Comparison> MissesAsync() => CompareAsync("miss and fill", name =>
    {
        var process = processes.One(name);
        return Task.FromResult(() => process.ReadAsync($"{name}:miss:{++missed}", _ => ValueTask.FromResult(Value)));
    });

    private Task<Comparison> CompareAsync(string work, Func<string, Task<Func<ValueTask<Product>>>> prepare) =>
        Comparison.MeasureAsync(work, "µs", CacheProcesses.Names, rounds, async name =>
        {
            var read = await prepare(name);
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
        });
}
