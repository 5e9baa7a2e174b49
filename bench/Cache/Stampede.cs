using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Cache;

/// <summary>Counts the loads when many readers in two processes read a key at the same time that no cache has.</summary>
/// <param name="processes">The contenders.</param>
/// <param name="rounds">The rounds.</param>
internal sealed class Stampede(CacheProcesses processes, Rounds rounds)
{
    /// <summary>The number of readers.</summary>
    public const int Readers = 200;

    private const int Keys = 5;

    private static readonly TimeSpan LoadTime = TimeSpan.FromMilliseconds(50);

    private int started;

    public Task<Comparison> CompareAsync() => Comparison.MeasureAsync(
        $"loads of a key that {Readers} readers in two processes read at once",
        "loads per key",
        CacheProcesses.Names,
        rounds,
        async name =>
        {
            var loads = 0;
            for (var key = 0; key < Keys; key++)
                loads += await LoadsAsync(processes.Both(name), $"{name}:stampede:{++started}");
            return (double)loads / Keys;
        });

    private static async Task<int> LoadsAsync(ICacheProcess[] both, string key)
    {
        var loads = 0;
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(reader => both[reader % 2].ReadAsync(key, LoadAsync).AsTask()));
        return loads;

        async ValueTask<Product> LoadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref loads);
            await Task.Delay(LoadTime, cancellationToken);
            return Product.Example(1);
        }
    }
}
