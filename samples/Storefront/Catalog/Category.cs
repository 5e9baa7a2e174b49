namespace Storefront.Catalog;

internal sealed class Category
{
    public int Id { get; init; }

    public required string Name { get; set; }
}
