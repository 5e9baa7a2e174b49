using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Demo;

/// <summary>Reads products through the regions' Storefronts, as users do, so that each region's Redis caches them.</summary>
internal sealed class CacheFill : IDisposable
{
    private const int Concurrency = 8;

    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Concurrency });
    private readonly Uri[] storefronts;

    public CacheFill(LastMileSystem system) =>
        storefronts = [.. system.Servers.Regions.Select(region => system.Storefronts[region.Name].Address)];

    /// <summary>Reads each product by id and by slug in every region.</summary>
    public Task FillAsync(IReadOnlyCollection<DemoProduct> products, Action<int> filled, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            products,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (product, token) =>
            {
                foreach (var storefront in storefronts)
                    await ReadAsync(storefront, product, token);
                filled(1);
            });

    /// <summary>Reads one product by id and by slug in one region.</summary>
    public async Task ReadAsync(Uri storefront, DemoProduct product, CancellationToken cancellationToken)
    {
        await GetAsync(new Uri(storefront, $"products/{product.Id}"), cancellationToken);
        await GetAsync(new Uri(storefront, $"products/by-slug/{product.Slug}"), cancellationToken);
    }

    public Task ReadEverywhereAsync(DemoProduct product, CancellationToken cancellationToken) =>
        Task.WhenAll(storefronts.Select(storefront => ReadAsync(storefront, product, cancellationToken)));

    public void Dispose() => http.Dispose();

    private async Task GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(address, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
