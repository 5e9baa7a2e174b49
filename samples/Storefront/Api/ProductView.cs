using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Linq.Expressions;
using Storefront.Catalog;

namespace Storefront.Api;

/// <summary>A product as the API returns it and the cache stores it. Immutable, so that all readers share one object.</summary>
[ImmutableObject(true)]
internal sealed record ProductView(int Id, string Slug, string Name, decimal Price, int CategoryId)
{
    public static readonly Expression<Func<Product, ProductView>> Of = product =>
        new ProductView(product.Id, product.Slug, product.Name, product.Price, product.CategoryId);
}

/// <summary>A category and its first products.</summary>
[ImmutableObject(true)]
internal sealed record CategoryView(int Id, string Name, IReadOnlyList<ProductView> Products);

/// <summary>The new values of a product.</summary>
public sealed record ProductChange(
    [property: Required, StringLength(200)] string Name,
    [property: Range(0, 9_999_999_999)] decimal Price,
    [property: Required, StringLength(200), RegularExpression("[a-z0-9-]+")] string Slug,
    int CategoryId);
