using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Storefront.Catalog;

/// <summary>The shop's database. Purge rules are declared here, next to the columns; migrations install them in the database.</summary>
internal sealed class CatalogDb(DbContextOptions<CatalogDb> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Category> Categories => Set<Category>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        Map(modelBuilder.Entity<Product>());
        Map(modelBuilder.Entity<Category>());
    }

    private static void Map(EntityTypeBuilder<Product> product)
    {
        product.PurgesKey(CatalogRules.Product)
            .PurgesKey(CatalogRules.ProductBySlug)
            .PurgesTag(CatalogRules.ProductsOfCategory)
            .IgnoresChangesTo(entity => entity.Views);

        product.ToTable("products");
        product.Property(entity => entity.Id).HasColumnName("id");
        product.Property(entity => entity.Slug).HasColumnName("slug").HasMaxLength(200);
        product.Property(entity => entity.Name).HasColumnName("name").HasMaxLength(200);
        product.Property(entity => entity.Price).HasColumnName("price").HasPrecision(12, 2);
        product.Property(entity => entity.CategoryId).HasColumnName("category_id");
        product.Property(entity => entity.Views).HasColumnName("views").HasDefaultValue(0L);
        product.HasIndex(entity => entity.Slug).IsUnique();
        product.HasOne<Category>().WithMany().HasForeignKey(entity => entity.CategoryId).OnDelete(DeleteBehavior.Restrict);
    }

    private static void Map(EntityTypeBuilder<Category> category)
    {
        category.PurgesKey(CatalogRules.Category).PurgesTag(CatalogRules.Category);

        category.ToTable("categories");
        category.Property(entity => entity.Id).HasColumnName("id");
        category.Property(entity => entity.Name).HasColumnName("name").HasMaxLength(200);
    }
}
