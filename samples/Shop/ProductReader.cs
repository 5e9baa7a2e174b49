using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace Shop;

public sealed class ProductReader(IConnectionMultiplexer redis, IDbContextFactory<ShopDb> databases)
{
    // A compromise: a change of a product is visible up to a minute later.
    private static readonly TimeSpan Expiration = TimeSpan.FromMinutes(1);

    public async Task<Product?> ReadAsync(int id)
    {
        var cache = redis.GetDatabase();
        var cached = await cache.StringGetAsync($"product:{id}");
        if (cached.HasValue)
            return JsonSerializer.Deserialize<Product>((string)cached!);

        await using var db = await databases.CreateDbContextAsync();
        var product = await db.Products.FindAsync(id);
        if (product is not null)
            await cache.StringSetAsync($"product:{id}", JsonSerializer.Serialize(product), Expiration);
        return product;
    }
}
