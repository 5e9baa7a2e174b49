using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Storefront.Catalog;

namespace Storefront.Api;

/// <summary>A request that reads through the cache; the framework sets the properties.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Databases">Creates a context for each load, because a load may outlive the request that started it.</param>
/// <param name="Response">The response, for its header.</param>
/// <param name="Cancel">Cancelled when the client disconnects.</param>
internal sealed record CachedRead(
    HybridCache Cache, IDbContextFactory<CatalogDb> Databases, HttpResponse Response, CancellationToken Cancel)
{
    /// <summary>Returns the value, or 404 if there is none. <c>X-Cache</c> is <c>hit</c> or <c>miss</c>.</summary>
    /// <param name="key">The key, as a purge rule renders it.</param>
    /// <param name="tags">The tags that the value also depends on.</param>
    /// <param name="load">Reads the value from the database; null if there is none, which is not cached.</param>
    /// <param name="missing">The detail of the 404 response.</param>
    public async Task<IResult> RunAsync<T>(
        string key, string[] tags, Func<CatalogDb, CancellationToken, Task<T?>> load, string missing)
        where T : class
    {
        var isHit = true;
        var value = await Cache.GetOrCreateAsync(
            key,
            async token =>
            {
                isHit = false;
                await using var db = await Databases.CreateDbContextAsync(token);
                return await load(db, token);
            },
            tags: tags,
            cancellationToken: Cancel);

        Response.Headers["X-Cache"] = isHit ? "hit" : "miss";
        return value is null ? Results.Problem(missing, statusCode: StatusCodes.Status404NotFound) : Results.Json(value);
    }
}
