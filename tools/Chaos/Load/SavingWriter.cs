using System.Net.Http.Json;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Load;

/// <summary>Changes one product at a time through the Storefront, which calls SaveChanges. Each change sets a new slug.</summary>
internal sealed class SavingWriter : Writer
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Uri[] storefronts;
    private readonly int[] products;
    private int next;

    public SavingWriter(Shop shop, IEnumerable<Service> storefronts)
        : base(shop) =>
        (this.storefronts, products) = ([.. storefronts.Select(storefront => storefront.Address)], shop.ProductsOf(0));

    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(60);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        http.Dispose();
    }

    protected override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var product = products[next++ % products.Length];
        var version = Shop.Commits.Of(product, 0).Newest + 1;
        var change = new
        {
            name = $"Product {product}",
            price = version,
            slug = Shop.SlugOf(product, version),
            categoryId = Shop.CategoryOf(product),
        };
        var address = new Uri(storefronts[next % storefronts.Length], $"products/{product}");
        var saved = await TryAsync(
            async () =>
            {
                using var answer = await http.PutAsJsonAsync(address, change, cancellationToken);
                answer.EnsureSuccessStatusCode();
            },
            cancellationToken);
        if (saved)
            Shop.Commits.Committed(product, version);
        else
            await UntilDoneAsync(() => Shop.ReadVersionsAsync([product], cancellationToken), cancellationToken);
    }
}
