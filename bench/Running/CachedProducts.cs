using LastMile.Events.Bench.Contenders;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>Products that every region has cached. Fills the regions, and receives the deletions of each Redis.</summary>
internal sealed class CachedProducts : IAsyncDisposable
{
    private const int KeysPerQuery = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly List<DeletedKeys> regions = [];
    private readonly List<bool[]> cached = [];
    private readonly Lock counting = new();
    private int gone;
    private int awaited;
    private TaskCompletionSource allGone = new();

    private CachedProducts()
    {
    }

    public static async Task<CachedProducts> StartAsync(IReadOnlyList<Region> regions)
    {
        var products = new CachedProducts();
        foreach (var region in regions)
        {
            var here = new bool[BenchSystem.Products + 1];
            products.cached.Add(here);
            products.regions.Add(await DeletedKeys.ListenAsync(region.Redis, (key, _) => products.Gone(here, key)));
        }

        return products;
    }

    /// <summary>Caches products in every region, and forgets all others.</summary>
    public async Task FillAsync(IReadOnlyCollection<int> products)
    {
        lock (counting)
        {
            foreach (var here in cached)
            {
                Array.Clear(here);
                foreach (var product in products)
                    here[product] = true;
            }

            (gone, awaited) = (0, int.MaxValue);
            allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        foreach (var region in regions)
            await region.FillAsync(products.Select(ProductKey.Of));
    }

    /// <summary>Waits until the given number of products is gone in every region.</summary>
    /// <exception cref="TimeoutException">They were not gone within two minutes.</exception>
    public async Task GoneAsync(int products, string contender, CancellationToken cancellationToken)
    {
        lock (counting)
        {
            awaited = products * regions.Count;
            if (gone >= awaited)
                return;
        }

        try
        {
            await allGone.Task.WaitAsync(Deadline, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{contender}: {awaited - gone} of {awaited} keys not gone after {Deadline.TotalSeconds} s.", late);
        }
    }

    /// <summary>
    /// Returns the share of products whose key is gone, over all regions. It queries each Redis and does not depend on notifications.
    /// </summary>
    public async Task<double> ShareGoneAsync(IReadOnlyCollection<int> products)
    {
        var left = await Task.WhenAll(regions.SelectMany(region => products.Chunk(KeysPerQuery).Select(chunk =>
            region.Region.KeyExistsAsync(Array.ConvertAll(chunk, product => (RedisKey)ProductKey.Of(product))))));
        return 1 - ((double)left.Sum() / (regions.Count * products.Count));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }

    private void Gone(bool[] here, string key)
    {
        if (ProductKey.ProductOf(key) is not { } product)
            return;

        lock (counting)
        {
            if (!here[product])
                return;
            here[product] = false;
            if (++gone == awaited)
                allGone.TrySetResult();
        }
    }
}
