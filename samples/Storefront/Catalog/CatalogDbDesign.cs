using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Storefront.Catalog;

/// <summary>The context factory of <c>dotnet ef migrations add</c>, which needs the model but no server.</summary>
internal sealed class CatalogDbDesign : IDesignTimeDbContextFactory<CatalogDb>
{
    public CatalogDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<CatalogDb>().UseNpgsql().UseLastMile().Options);
}
