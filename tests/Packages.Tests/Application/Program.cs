using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContextFactory<ShopDb>(options =>
    options.UseNpgsql(builder.Configuration.GetConnectionString("Shop")).UseLastMile());
builder.Services.AddLastMileCache(cache => cache.Region(builder.Configuration.GetConnectionString("Region")!));
builder.Services.AddMassTransit(bus =>
{
    bus.DisableUsageTelemetry();
    bus.UsingRabbitMq((_, rabbit) => rabbit.Host(new Uri(builder.Configuration.GetConnectionString("RabbitMq")!)));
});

var app = builder.Build();
var banner = "spring";
var loads = 0;

if (args.Contains("--create"))
{
    await using var db = await app.Services.GetRequiredService<IDbContextFactory<ShopDb>>().CreateDbContextAsync();
    await db.Database.EnsureCreatedAsync();
    db.Products.Add(new Product { Name = "lamp" });
    await db.SaveChangesAsync();
    return;
}

// How often a value was loaded, rather than served from the cache.
app.MapGet("/loads", () => loads);

app.MapGet("/products/{id:int}", async (int id, HybridCache cache, IDbContextFactory<ShopDb> databases, ShopDb db) =>
    await cache.GetOrCreateAsync(db.CacheKey<Product>("product:{Id}", id), async cancellation =>
    {
        Interlocked.Increment(ref loads);
        await using var shop = await databases.CreateDbContextAsync(cancellation);
        return (await shop.Products.FindAsync([id], cancellation))!.Name;
    }));

// A value that no trigger can see.
app.MapGet("/banner", async (HybridCache cache) => await cache.GetOrCreateAsync("banner", _ =>
{
    Interlocked.Increment(ref loads);
    return ValueTask.FromResult(banner);
}));

app.MapPost("/banner/{text}", async (string text, IBus bus) =>
{
    banner = text;
    await bus.Publish(new EntityChanged("Banner") { Keys = ["banner"] });
});

await app.RunAsync();
