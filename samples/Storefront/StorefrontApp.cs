using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Redis;
using MassTransit;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Storefront.Alerts;
using Storefront.Api;
using Storefront.Cache;
using Storefront.Catalog;

namespace Storefront;

/// <summary>What the Storefront is made of.</summary>
internal static class StorefrontApp
{
    public static WebApplicationBuilder AddStorefront(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StorefrontOptions>, StorefrontOptionsCheck>();
        builder.Services.AddOptions<StorefrontOptions>().Bind(builder.Configuration).ValidateOnStart();

        builder.Services.AddCatalog();
        builder.Services.AddRegionCache();
        builder.Services.AddLagAlerts();

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

    private static void AddCatalog(this IServiceCollection services)
    {
        services.AddDbContext<CatalogDb>((provider, options) =>
            options.UseNpgsql(provider.GetRequiredService<IConfiguration>().GetConnectionString("Storefront")).UseLastMile());
        services.AddHealthChecks().AddCheck<CatalogHealth>("postgres");
    }

    private static void AddRegionCache(this IServiceCollection services)
    {
        services.AddSingleton(provider => new RedisKeys(provider.GetRequiredService<IOptions<StorefrontOptions>>().Value.Redis.KeyPrefix));
        services.AddSingleton<RegionRedis>();
        services.AddSingleton<RegionTrust>();
        services.AddSingleton<RegionCache>();
        services.AddHealthChecks().AddCheck<RegionRedis>("redis", HealthStatus.Degraded);
    }

    private static void AddLagAlerts(this IServiceCollection services) => services.AddMassTransit(bus =>
    {
        // Without the bus the shop goes on selling; it only doesn't hear alerts.
        bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);

        // Each instance hears each alert, in order, on a queue that goes when the instance does.
        bus.AddConsumer<LagAlerts>(consumer => consumer.ConcurrentMessageLimit = 1)
            .Endpoint(endpoint => { endpoint.Temporary = true; endpoint.InstanceId = Guid.NewGuid().ToString("N"); });

        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(new Uri(context.GetRequiredService<IOptions<StorefrontOptions>>().Value.RabbitMq.Uri));
            rabbit.ConfigureEndpoints(context);
        });
    });
}
