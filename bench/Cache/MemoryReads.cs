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

    // By then .NET has compiled the loop for the last time, in the background.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Compares the contenders for an immutable type.</summary>
    public Task<MemoryComparison> SharedAsync() =>
        CompareAsync("an immutable type", Product.Example, (process, keys) => process.ReadShared(keys));

    /// <summary>Compares the contenders for a mutable type.</summary>
    public Task<MemoryComparison> CopiedAsync() =>
        CompareAsync("a mutable type", MutableProduct.Example, (process, keys) => process.ReadCopied(keys));

    private async Task<MemoryComparison> CompareAsync<T>(string kind, Func<int, T> example, Action<IMemoryProcess, string[]> read)
        where T : class
    {
        foreach (var name in processes.WithMemory)
            await TurnAsync(name, WarmUp);
        var comparisons = await Comparison.MeasureAsync(
            [new($"hit in memory, {kind}", "ns"), new($"allocated by a hit in memory, {kind}", "bytes")],
            processes.WithMemory,
            rounds,
            name => TurnAsync(name, rounds.Slice));
        return new MemoryComparison(comparisons[0], comparisons[1]);

        async Task<IReadOnlyList<double>> TurnAsync(string name, TimeSpan duration)
        {
            var process = (IMemoryProcess)processes.One(name);
            var keys = Enumerable.Range(1, Keys).Select(id => $"{name}:{typeof(T).Name}:{id}").ToArray();
            foreach (var (index, key) in keys.Index())
                await KeptValue.PrepareAsync(load => process.ReadAsync(key, load), example(index));
            return Measure(() => read(process, keys), duration);
        }
    }

    // On one thread, so that its allocations can be counted.
    private static double[] Measure(Action readAll, TimeSpan duration)
    {
        var (reads, allocated, start) = (0L, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            readAll();
            reads += Keys;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < duration);

        // Before the result is allocated.
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return [elapsed.TotalNanoseconds / reads, (double)allocated / reads];
    }
}

/// <summary>Reads of values in memory.</summary>
/// <param name="Time">The time of a read.</param>
/// <param name="Allocated">The bytes that a read allocates.</param>
internal sealed record MemoryComparison(Comparison Time, Comparison Allocated);
