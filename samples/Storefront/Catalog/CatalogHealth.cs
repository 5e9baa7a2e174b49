using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Storefront.Catalog;

/// <summary>Whether the database answers.</summary>
internal sealed class CatalogHealth(CatalogDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await db.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("PostgreSQL does not answer; see ConnectionStrings:Storefront.");
}
