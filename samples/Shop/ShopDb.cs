using Microsoft.EntityFrameworkCore;

namespace Shop;

public sealed class ShopDb(DbContextOptions<ShopDb> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Product>().ToTable("products").Property(product => product.Price).HasPrecision(12, 2);
        model.Entity<Product>().HasData(
            Enumerable.Range(1, 100).Select(id => new Product { Id = id, Name = $"Product {id}", CategoryId = id % 10, Price = id }));
    }
}
