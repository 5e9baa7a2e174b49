namespace Storefront.Catalog;

internal sealed class Product
{
    public int Id { get; init; }

    public required string Slug { get; set; }

    public required string Name { get; set; }

    public decimal Price { get; set; }

    public int CategoryId { get; set; }

    /// <summary>The number of views. No page shows it, so its changes purge nothing.</summary>
    public long Views { get; init; }
}
