using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Storefront.Alerts;

/// <summary>Subscribes each instance to the alerts of all regions.</summary>
internal static class AlertSubscription
{
    // The prefix of its queues' names. Its RabbitMQ user may declare no others.
    private const string QueuePrefix = "storefront.";

    public static void AddAlerts(this IServiceCollection services) => services.AddMassTransit(bus =>
    {
        // Opts out of MassTransit's usage telemetry.
        bus.DisableUsageTelemetry();
        // Without the bus, the Storefront still serves requests but receives no alerts.
        bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);
        bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(QueuePrefix, includeNamespace: false));
        // Each instance receives every alert, in order, on a queue that expires with the instance.
        bus.AddConsumer<LagAlerts>(consumer => consumer.ConcurrentMessageLimit = 1).Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = Guid.NewGuid().ToString("N");
            endpoint.AddConfigureEndpointCallback((_, queue) => ExpireWithInstance((IRabbitMqReceiveEndpointConfigurator)queue));
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(new Uri(context.GetRequiredService<IOptions<StorefrontOptions>>().Value.RabbitMq.Uri));
            rabbit.OverrideDefaultBusEndpointQueueName(QueuePrefix + Guid.NewGuid().ToString("N"));
            ExpireWithInstance(rabbit);
            rabbit.ConfigureEndpoints(context);
        });
    });

    // Durable, because RabbitMQ 4.3 refuses a queue that is neither durable nor exclusive; the exchange is deleted with its queue.
    private static void ExpireWithInstance(IRabbitMqQueueEndpointConfigurator queue) =>
        (queue.Durable, queue.AutoDelete, queue.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
}
