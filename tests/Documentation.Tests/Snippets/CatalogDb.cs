using Microsoft.EntityFrameworkCore;

namespace Documentation.Tests.Snippets;

/// <summary>The context of the documentation's examples.</summary>
public class CatalogDb(DbContextOptions<CatalogDb> options) : DbContext(options)
{
    /// <summary>The products.</summary>
    public DbSet<Product> Products => Set<Product>();
}
