using System.Linq.Expressions;
using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Storefront.Catalog;

namespace Storefront.Api;

/// <summary><c>/products</c></summary>
internal static class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/products");
        products.MapGet("/{id:int}", (int id, CatalogDb db, [AsParameters] CachedRead read) =>
            ReadAsync(db.CacheKey<Product>(CatalogRules.Product, id), product => product.Id == id, db, read));
        products.MapGet("/by-slug/{slug}", (string slug, CatalogDb db, [AsParameters] CachedRead read) =>
            ReadAsync(db.CacheKey<Product>(CatalogRules.ProductBySlug, slug), product => product.Slug == slug, db, read));
        products.MapPut("/{id:int}", ChangeAsync);
        products.MapPost("/{id:int}/view", CountViewAsync);
        products.MapDelete("/{id:int}", DeleteAsync);
    }

    // The entity's tag is purged when a trigger cannot identify the changed products, as on TRUNCATE.
    private static Task<IResult> ReadAsync(string key, Expression<Func<Product, bool>> which, CatalogDb db, CachedRead read) =>
        read.RunAsync(
            key,
            [db.EntityTag<Product>()],
            (catalog, cancel) => catalog.Products.Where(which).Select(ProductView.Of).SingleOrDefaultAsync(cancel),
            "The product does not exist.");

    private static async Task<IResult> ChangeAsync(int id, ProductChange change, CatalogDb db, CancellationToken cancel)
    {
        if (await db.Products.FindAsync([id], cancel) is not { } product)
            return ProductNotFound();

        product.Name = change.Name;
        product.Price = change.Price;
        product.Slug = change.Slug;
        product.CategoryId = change.CategoryId;
        await db.SaveChangesAsync(cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> CountViewAsync(int id, CatalogDb db, CancellationToken cancel)
    {
        var counted = await db.Products.Where(product => product.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(product => product.Views, product => product.Views + 1), cancel);

        return counted == 0 ? ProductNotFound() : Results.NoContent();
    }

    private static async Task<IResult> DeleteAsync(int id, CatalogDb db, CancellationToken cancel)
    {
        var deleted = await db.Products.Where(product => product.Id == id).ExecuteDeleteAsync(cancel);

        return deleted == 0 ? ProductNotFound() : Results.NoContent();
    }

    private static IResult ProductNotFound() => Results.Problem("The product does not exist.", statusCode: StatusCodes.Status404NotFound);
}
