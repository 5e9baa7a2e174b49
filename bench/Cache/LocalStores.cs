using System.Diagnostics;
using BitFaster.Caching.Lru;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Bench.Cache;

/// <summary>Compares stores for values in memory (docs/adr/0017): .NET's, and BitFaster's LRU, which LastMile uses.</summary>
/// <param name="rounds">The rounds.</param>
internal sealed class LocalStores(Rounds rounds)
{
    private const string Memory = "MemoryCache with a size limit";
    private const string Lru = "BitFaster ConcurrentLru";

    private const int Capacity = 10_000;

    // Ten times the capacity, so that a key has been evicted when its turn comes again.
    private static readonly string[] Keys = [.. Enumerable.Range(1, 10 * Capacity).Select(id => $"product:{id}")];

    /// <summary>Compares the stores.</summary>
    public async Task<IReadOnlyList<Comparison>> CompareAsync() =>
    [
        await CompareAsync("store: hit", "ns", Hit),
        await CompareAsync("store: insert with eviction", "ns", Insert),
        await CompareAsync("store: values that a full store has right after their insertion", "%", Kept),
    ];

    private Task<Comparison> CompareAsync(string work, string unit, Func<IStore, double> measure) =>
        Comparison.MeasureAsync(work, unit, [Memory, Lru], rounds, name =>
        {
            using IStore store = name == Memory ? new MemoryStore() : new LruStore();
            return Task.FromResult(measure(store));
        });

    private double Hit(IStore store)
    {
        var keys = Keys[..(Capacity / 10)];
        store.Insert(keys);
        return NanosecondsPer(keys.Length, () => store.Read(keys));
    }

    private double Insert(IStore store) => NanosecondsPer(Keys.Length, () => store.Insert(Keys));

    private double Kept(IStore store)
    {
        store.Insert(Keys);
        return 100.0 * Keys.Count(key =>
        {
            store.Insert([key]);
            return store.Read([key]) == 1;
        }) / Keys.Length;
    }

    private double NanosecondsPer(int operations, Action act)
    {
        var (acts, start) = (0L, Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            act();
            acts++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < rounds.Slice);

        return elapsed.TotalNanoseconds / (acts * operations);
    }

    /// <summary>A store, with loops of its own: an operation is too short to be measured through an interface.</summary>
    private interface IStore : IDisposable
    {
        void Insert(string[] keys);

        /// <returns>The number of keys that it has.</returns>
        int Read(string[] keys);
    }

    private sealed class MemoryStore : IStore
    {
        private const int EntrySize = 300;

        private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

        private readonly MemoryCache entries = new(Options.Create(
            new MemoryCacheOptions { SizeLimit = Capacity * EntrySize, TrackStatistics = true }));

        public void Insert(string[] keys)
        {
            foreach (var key in keys)
            {
                using var entry = entries.CreateEntry(key);
                entry.Value = key;
                entry.Size = EntrySize;
                entry.AbsoluteExpirationRelativeToNow = Lifetime;
            }
        }

        public int Read(string[] keys)
        {
            var found = 0;
            foreach (var key in keys)
                found += entries.TryGetValue(key.AsSpan(), out object? _) ? 1 : 0;
            return found;
        }

        public void Dispose() => entries.Dispose();
    }

    private sealed class LruStore : IStore
    {
        private readonly ConcurrentLru<string, object> entries = new(Capacity);

        public void Insert(string[] keys)
        {
            foreach (var key in keys)
                entries.AddOrUpdate(key, key);
        }

        public int Read(string[] keys)
        {
            var found = 0;
            foreach (var key in keys)
                found += entries.TryGet(key, out _) ? 1 : 0;
            return found;
        }

        public void Dispose() => entries.Clear();
    }
}
