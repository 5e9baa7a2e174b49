using LastMile.Events.Caching;
using LastMile.Events.Caching.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the cache's health check.</summary>
public static class LastMileCacheHealthChecksExtensions
{
    /// <summary>
    /// Registers a check that is degraded while reads load their values, or while memory is not used. The application works in both cases.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default <c>lastmile-cache</c>.</param>
    public static IHealthChecksBuilder AddLastMileCache(this IHealthChecksBuilder builder, string name = "lastmile-cache")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new CacheHealth(provider.GetRequiredService<CacheParts>()), failureStatus: null, tags: null));
    }
}
