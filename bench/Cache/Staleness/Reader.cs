using System.Diagnostics;
using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Contenders;

namespace LastMile.Events.Bench.Cache.Staleness;

/// <summary>Reads random products through a cache, and checks whether each was still current when its read began.</summary>
internal sealed class Reader(ICacheProcess process, ProductVersions products)
{
    private const int ReadsBetweenPauses = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly string[] keys = [.. Enumerable.Range(0, ProductVersions.Count + 1).Select(ProductKey.Of)];
    private int loads;

    /// <summary>The number of reads.</summary>
    public int Reads { get; private set; }

    /// <summary>The number of reads that loaded their value.</summary>
    public int Loads => Volatile.Read(ref loads);

    /// <summary>The number of stale reads.</summary>
    public int Stale { get; private set; }

    /// <summary>The greatest age of a stale read.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Reads until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            for (var i = 0; i < ReadsBetweenPauses; i++)
                await ReadAsync(Random.Shared.Next(1, ProductVersions.Count + 1));
            // Leaves the cores to the servers and services, which share them.
            await Task.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(int id)
    {
        var readAt = Stopwatch.GetTimestamp();
        var product = await process.ReadAsync(keys[id], cancellation =>
        {
            Interlocked.Increment(ref loads);
            return products.LoadAsync(id, cancellation);
        });
        Reads++;
        if (products.AgeOf(product, readAt) is not { } age)
            return;
        Stale++;
        Longest = age > Longest ? age : Longest;
    }
}
