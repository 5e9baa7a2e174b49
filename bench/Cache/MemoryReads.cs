using System.Diagnostics;
using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Cache;

/// <summary>Measures reads of values that are in the process' memory.</summary>
/// <param name="processes">The contenders.</param>
/// <param name="rounds">The rounds.</param>
internal sealed class MemoryReads(CacheProcesses processes, Rounds rounds)
{
    private const int Keys = 1_000;

    /// <summary>Compares the contenders for one type.</summary>
    /// <param name="kind">The kind of type, such as <c>an immutable type</c>.</param>
    /// <param name="example">Returns the value of a key.</param>
    /// <returns>The time of a read, and the bytes that it allocates.</returns>
    public async Task<(Comparison Time, Comparison Allocated)> CompareAsync<T>(string kind, Func<int, T> example)
        where T : class
    {
        var comparisons = await Comparison.MeasureAsync(
            [new($"hit in memory, {kind}", "ns"), new($"allocated by a hit in memory, {kind}", "bytes")],
            processes.WithMemory,
            rounds,
            async name =>
            {
                var process = (IMemoryProcess)processes.One(name);
                var keys = Enumerable.Range(1, Keys).Select(id => $"{name}:{typeof(T).Name}:{id}").ToArray();
                foreach (var (index, key) in keys.Index())
                    await KeptValue.PrepareAsync(load => process.ReadAsync(key, load), example(index));
                return Measure<T>(process, keys);
            });
        return (comparisons[0], comparisons[1]);
    }

    private double[] Measure<T>(IMemoryProcess process, string[] keys)
        where T : class
    {
        var (reads, allocated, start) = (0L, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            process.ReadFromMemory<T>(keys);
            reads += keys.Length;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < rounds.Slice);

        // Before the result is allocated.
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return [elapsed.TotalNanoseconds / reads, (double)allocated / reads];
    }
}
