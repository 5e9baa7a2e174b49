using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

public sealed class ShopDb(DbContextOptions<ShopDb> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Product>().PurgesKey("product:{Id}").PurgesTag("products");
}

public sealed class Product
{
    public int Id { get; set; }

    public required string Name { get; set; }
}
