using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Storefront.Catalog;

namespace Storefront.Api;

/// <summary><c>/categories</c></summary>
internal static class CategoryEndpoints
{
    private const int PageSize = 100;

    public static void MapCategories(this IEndpointRouteBuilder routes) => routes.MapGet("/categories/{id:int}/products", ReadAsync);

    // No purge rule renders this page's key, so the page depends on its category's tag.
    private static Task<IResult> ReadAsync(int id, CatalogDb db, [AsParameters] CachedRead read) => read.RunAsync(
        $"category:{id}:products",
        [db.CacheTag<Category>(CatalogRules.Category, id), db.EntityTag<Product>(), db.EntityTag<Category>()],
        (catalog, cancel) => LoadAsync(id, catalog, cancel),
        "The category does not exist.");

    private static async Task<CategoryView?> LoadAsync(int id, CatalogDb db, CancellationToken cancel)
    {
        if (await db.Categories.AsNoTracking().SingleOrDefaultAsync(category => category.Id == id, cancel) is not { } category)
            return null;

        var products = await db.Products.Where(product => product.CategoryId == id)
            .OrderBy(product => product.Id).Take(PageSize).Select(ProductView.Of).ToListAsync(cancel);

        return new CategoryView(category.Id, category.Name, products);
    }
}
