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

/// <summary>The services and endpoints of the Storefront.</summary>
internal static class StorefrontApp
{
    // The prefix of its queues' names. Its RabbitMQ user may declare no others.
    private const string QueuePrefix = "storefront.";

    public static WebApplicationBuilder AddStorefront(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StorefrontOptions>, StorefrontOptionsCheck>();
        builder.Services.AddOptions<StorefrontOptions>().Bind(builder.Configuration).ValidateOnStart();

        builder.Services.AddCatalog();
        builder.Services.AddRegionCache();
        builder.Services.AddAlerts(builder.Configuration.GetValue<RegionTopology>(nameof(StorefrontOptions.Topology)));

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

    private static void AddAlerts(this IServiceCollection services, RegionTopology topology)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<BrokerWait>();
        services.AddSingleton<CriticalEpisode>();
        services.AddHostedService<EpisodeRequest>();
        if (topology == RegionTopology.Independent)
        {
            services.AddSingleton<AgentWatch>();
            services.AddHostedService(provider => provider.GetRequiredService<AgentWatch>());
        }

        services.AddBus(bus =>
        {
            AddListener<LagAlerts>(bus);
            AddListener<SilenceAlerts>(bus);
            if (topology == RegionTopology.Independent)
                AddListener<AgentReports>(bus);
        });
    }

    private static void AddListener<T>(IBusRegistrationConfigurator bus)
        where T : class, IConsumer =>
        // Each instance receives every message, in order, on a queue that expires with the instance.
        bus.AddConsumer<T>(consumer => consumer.ConcurrentMessageLimit = 1).Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = Guid.NewGuid().ToString("N");
            endpoint.AddConfigureEndpointCallback((_, queue) => ExpireWithInstance((IRabbitMqReceiveEndpointConfigurator)queue));
        });

    // Durable, because RabbitMQ 4.3 refuses a queue that is neither durable nor exclusive; the exchange is deleted with its queue.
    private static void ExpireWithInstance(IRabbitMqQueueEndpointConfigurator queue) =>
        (queue.Durable, queue.AutoDelete, queue.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));

    private static void AddBus(this IServiceCollection services, Action<IBusRegistrationConfigurator> listeners) =>
        services.AddMassTransit(bus =>
        {
            // Opts out of MassTransit's usage telemetry.
            bus.DisableUsageTelemetry();
            // Without the bus, the Storefront still serves requests but receives no alerts.
            bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(QueuePrefix, includeNamespace: false));
            listeners(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(
                    new Uri(context.GetRequiredService<IOptions<StorefrontOptions>>().Value.RabbitMq.Uri),
                    host => host.OnRefreshConnectionFactory = context.GetRequiredService<BrokerWait>().UntilReachableAsync);
                rabbit.OverrideDefaultBusEndpointQueueName(QueuePrefix + Guid.NewGuid().ToString("N"));
                ExpireWithInstance(rabbit);
                rabbit.ConfigureEndpoints(context);
            });
        });
}
