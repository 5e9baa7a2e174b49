using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Replication;

/// <summary>The first products' keys, in the regions' caches and nowhere else.</summary>
internal sealed class CachedProducts : IAsyncDisposable
{
    /// <summary>How many.</summary>
    public const int Count = 50_000;

    private const int Batch = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<DeletedKeys> regions = [];
    private int outstanding;
    private TaskCompletionSource allGone = new();

    private CachedProducts()
    {
    }

    public IReadOnlyList<string> Keys { get; } = [.. Enumerable.Range(1, Count).Select(ProductKey.Of)];

    /// <summary>The mean length of a key, in bytes.</summary>
    public double KeyLength => Keys.Average(key => key.Length);

    public static async Task<CachedProducts> StartAsync(IReadOnlyList<Region> regions)
    {
        var products = new CachedProducts();
        foreach (var region in regions)
            products.regions.Add(await DeletedKeys.ListenAsync(region.Redis, (key, _) => products.Gone(key)));
        return products;
    }

    /// <summary>Fills every region.</summary>
    public async Task FillAsync()
    {
        foreach (var region in regions)
            await region.FillAsync(Keys);
        outstanding = regions.Count * Count;
        allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Waits until every key is gone from every region.</summary>
    public Task AllGoneAsync(CancellationToken cancellationToken) => allGone.Task.WaitAsync(Deadline, cancellationToken);

    /// <summary>The share of the keys that are gone, of all regions.</summary>
    public async Task<double> ShareGoneAsync()
    {
        var left = await Task.WhenAll(regions.SelectMany(region => Keys.Chunk(Batch).Select(chunk =>
            region.Region.KeyExistsAsync(Array.ConvertAll(chunk, key => (RedisKey)key)))));
        return 1 - ((double)left.Sum() / (regions.Count * Count));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }

    private void Gone(string key)
    {
        if (ProductKey.ProductOf(key) is not null && Interlocked.Decrement(ref outstanding) == 0)
            allGone.TrySetResult();
    }
}
