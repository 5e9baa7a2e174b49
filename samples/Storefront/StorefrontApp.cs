using LastMile.Events.EntityFrameworkCore;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Storefront.Alerts;
using Storefront.Api;
using Storefront.Catalog;

namespace Storefront;

/// <summary>The services and endpoints of the Storefront.</summary>
internal static class StorefrontApp
{
    // Purges keep entries correct. The TTL removes unused entries, and the region's Redis evicts only keys that have one.
    private static readonly HybridCacheEntryOptions EntryOptions = new() { Expiration = TimeSpan.FromHours(1) };

    public static WebApplicationBuilder AddStorefront(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StorefrontOptions>, StorefrontOptionsCheck>();
        builder.Services.AddOptions<StorefrontOptions>().Bind(builder.Configuration).ValidateOnStart();

        builder.Services.AddCatalog();
        builder.Services.AddCache(builder.Configuration.Get<StorefrontOptions>()!.Redis);
        builder.Services.AddAlerts();
        builder.Services.ExportMetrics(builder.Configuration["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]);

        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<DatabaseProblems>();
        builder.Services.AddValidation();
        return builder;
    }

    public static WebApplication MapStorefront(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapProducts();
        app.MapCategories();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        return app;
    }

    private static void ExportMetrics(this IServiceCollection services, string? endpoint)
    {
        if (string.IsNullOrEmpty(endpoint))
            return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("storefront"))
            .WithMetrics(metrics => metrics.AddMeter("LastMile").AddOtlpExporter(exporter =>
                (exporter.Endpoint, exporter.Protocol) = (new Uri(endpoint), OtlpExportProtocol.HttpProtobuf)));
    }

    // A factory, because a load may outlive the request that started it.
    private static void AddCatalog(this IServiceCollection services)
    {
        services.AddDbContextFactory<CatalogDb>((provider, options) =>
            options.UseNpgsql(provider.GetRequiredService<IConfiguration>().GetConnectionString("Storefront")).UseLastMile());
        services.AddHealthChecks().AddCheck<CatalogHealth>("postgres");
    }

    private static void AddCache(this IServiceCollection services, StorefrontOptions.RedisSection redis)
    {
        services.AddLastMileCache(cache =>
        {
            cache.Region(redis.ConnectionString);
            cache.RegionPrimary(redis.PrimaryConnectionString);
            cache.KeyPrefix = redis.KeyPrefix;
            cache.Lineage = redis.Lineage;
        });
        services.Configure<HybridCacheOptions>(hybrid => hybrid.DefaultEntryOptions = EntryOptions);
        services.AddHealthChecks().AddLastMileCache();
    }
}
