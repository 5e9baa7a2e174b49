using System.Diagnostics;
using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Drain;

/// <summary>The sustained rate of a contender: as many changes as its writers can make, until the last key is gone.</summary>
internal static class SustainedRate
{
    public const int Writers = 8;

    /// <summary>Changes distinct products as fast as the writers can, then waits until all their keys are gone in every region.</summary>
    /// <param name="contender">The contender.</param>
    /// <param name="cached">The regions' caches.</param>
    /// <param name="duration">How long the writers write.</param>
    /// <param name="most">The maximum number of changes; low for a contender that would need minutes to catch up with its writers.</param>
    /// <param name="cancellationToken">Cancels the measurement.</param>
    /// <returns>Changes per second, from the first write until the last key is gone.</returns>
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
