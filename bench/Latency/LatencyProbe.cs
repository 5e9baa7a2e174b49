using System.Diagnostics;
using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Latency;

/// <summary>Times each change from the return of its commit until its key is gone in each region.</summary>
internal sealed class LatencyProbe : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<DeletedKeys> regions = [];
    private readonly long[] committedAt = new long[BenchSystem.Products + 1];
    private readonly Dictionary<int, long[]> goneAt = [];
    private readonly int[] products = [.. Enumerable.Range(1, BenchSystem.Products)];
    private int outstanding;
    private TaskCompletionSource allGone = new();

    private LatencyProbe()
    {
    }

    public static async Task<LatencyProbe> StartAsync(IReadOnlyList<Region> regions)
    {
        var probe = new LatencyProbe();
        for (var i = 0; i < regions.Count; i++)
        {
            var region = probe.goneAt[i] = new long[BenchSystem.Products + 1];
            probe.regions.Add(await DeletedKeys.ListenAsync(regions[i].Redis, (key, at) => probe.Gone(region, key, at)));
        }

        return probe;
    }

    /// <summary>Changes products that every region has cached, at a fixed rate, and waits until the last of their keys is gone.</summary>
    /// <returns>The latency of each change in milliseconds: one array per region.</returns>
    public async Task<IReadOnlyList<double[]>> MeasureAsync(
        IContender contender, int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var changes = Prepare((int)(perSecond * duration.TotalSeconds));
        foreach (var region in regions)
            await region.FillAsync(changes.Select(ProductKey.Of));

        await Load.RunAsync(perSecond, changes, product =>
            contender.ChangeAsync(product, () => Volatile.Write(ref committedAt[product], Stopwatch.GetTimestamp()), cancellationToken));
        try
        {
            await allGone.Task.WaitAsync(Deadline, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException(
                $"{contender.Name}: {outstanding} of {changes.Length * regions.Count} keys are not gone after {Deadline.TotalSeconds} s.",
                late);
        }

        return
        [
            .. goneAt.OrderBy(region => region.Key)
                .Select(region => Array.ConvertAll(changes, product => Latency(region.Value, product))),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }

    private int[] Prepare(int count)
    {
        Random.Shared.Shuffle(products);
        var changes = products[..count];
        Array.Clear(committedAt);
        foreach (var region in goneAt.Values)
            Array.Clear(region);
        outstanding = count * regions.Count;
        allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return changes;
    }

    private void Gone(long[] region, string key, long at)
    {
        if (ProductKey.ProductOf(key) is not { } product || Interlocked.CompareExchange(ref region[product], at, 0) != 0)
            return;
        if (Interlocked.Decrement(ref outstanding) == 0)
            allGone.TrySetResult();
    }

    // A purge may arrive before its writer sees the commit return; that counts as 0.
    private double Latency(long[] region, int product) =>
        Math.Max(0, Stopwatch.GetElapsedTime(committedAt[product], region[product]).TotalMilliseconds);
}
