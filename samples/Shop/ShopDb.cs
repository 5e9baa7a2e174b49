using Microsoft.EntityFrameworkCore;

namespace Shop;

public sealed class ShopDb(DbContextOptions<ShopDb> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Product>(product =>
        {
            product.ToTable("products");
            product.Property(p => p.Id).HasColumnName("id");
            product.Property(p => p.Name).HasColumnName("name");
            product.Property(p => p.CategoryId).HasColumnName("category_id");
            product.Property(p => p.Price).HasColumnName("price").HasPrecision(12, 2);
            product.HasData(
                Enumerable.Range(1, 10).Select(id => new Product { Id = id, Name = $"Product {id}", CategoryId = id % 3, Price = id }));
        });
    }
}
