using Microsoft.EntityFrameworkCore;
using Shop;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContextFactory<ShopDb>(options => options.UseNpgsql(builder.Configuration.GetConnectionString("Shop")));
builder.Services.AddSingleton<IConnectionMultiplexer>(
    _ => ConnectionMultiplexer.Connect(builder.Configuration.GetConnectionString("Redis")!));
builder.Services.AddSingleton<ProductReader>();

var app = builder.Build();

app.MapGet("/products/{id:int}", async (int id, ProductReader reader) =>
    await reader.ReadAsync(id) is { } product ? Results.Ok(product) : Results.NotFound());

app.MapPut("/products/{id:int}/price", async (int id, decimal price, IDbContextFactory<ShopDb> databases) =>
{
    await using var db = await databases.CreateDbContextAsync();
    var product = await db.Products.FindAsync(id);
    if (product is null)
        return Results.NotFound();
    product.Price = price;
    await db.SaveChangesAsync();
    return Results.NoContent();
});

app.Run();
