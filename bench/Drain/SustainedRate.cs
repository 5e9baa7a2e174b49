using System.Diagnostics;
using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Drain;

/// <summary>What a contender keeps up with: as many changes as its writers can make, to the last key gone.</summary>
internal static class SustainedRate
{
    public const int Writers = 8;

    /// <summary>Changes distinct products as fast as the writers can, then waits until the last of their keys is gone in every region.</summary>
    /// <param name="contender">Who.</param>
    /// <param name="cached">The regions.</param>
    /// <param name="duration">How long the writers write.</param>
    /// <param name="most">The most changes: few for a contender that would need minutes to catch up with its writers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Changes per second, of the time from the first write to the last key gone.</returns>
    public static async Task<double> MeasureAsync(
        IContender contender, CachedProducts cached, TimeSpan duration, int most, CancellationToken cancellationToken)
    {
        int[] products = [.. Enumerable.Range(1, BenchSystem.Products)];
        Random.Shared.Shuffle(products);
        await cached.FillAsync(products[..most]);

        var watch = Stopwatch.StartNew();
        var taken = 0;
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteAsync, cancellationToken)));
        await cached.GoneAsync(counts.Sum(), contender.Name, cancellationToken);
        return counts.Sum() / watch.Elapsed.TotalSeconds;

        async Task<int> WriteAsync()
        {
            var count = 0;
            for (; watch.Elapsed < duration && Interlocked.Increment(ref taken) is var next && next <= most; count++)
                await contender.ChangeAsync(products[next - 1], () => { }, cancellationToken);
            return count;
        }
    }
}
