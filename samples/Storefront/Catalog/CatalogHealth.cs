using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Storefront.Catalog;

/// <summary>The health check of the database.</summary>
internal sealed class CatalogHealth(CatalogDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await db.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("PostgreSQL does not answer. Check ConnectionStrings:Storefront and the server.");
}
