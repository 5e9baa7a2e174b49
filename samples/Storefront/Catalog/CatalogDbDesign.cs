using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Storefront.Catalog;

/// <summary>What <c>dotnet ef migrations add</c> uses: it needs the model and no server.</summary>
internal sealed class CatalogDbDesign : IDesignTimeDbContextFactory<CatalogDb>
{
    public CatalogDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<CatalogDb>().UseNpgsql().UseLastMile().Options);
}
