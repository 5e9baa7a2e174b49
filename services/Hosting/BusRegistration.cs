using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>The service's side of the bus.</summary>
public static class BusRegistration
{
    /// <summary>How often broker and service tell each other that they are there; a side that is silent for twice as long is gone.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Connects to RabbitMQ in the background, for as long as it takes, with publisher confirms. The service registers its <see cref="IDatabaseIdentity"/>.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="consumers">Adds the consumers.</param>
    /// <param name="endpoints">Lays out the receive endpoints.</param>
    public static IServiceCollection AddBus(
        this IServiceCollection services,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints)
    {
        services.AddSettings<RabbitMqOptions>(RabbitMqOptions.Section);
        services.AddSingleton<BrokerGate>();
        services.AddHostedService<LateClaim>();
        services.AddSingleton<QueueMismatches>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<QueueMismatches>());
        // A consumer that waits for a server that is down would hold up the service's end: its message goes back to the queue.
        services.Configure<MassTransitHostOptions>(host => (host.StopTimeout, host.ConsumerStopTimeout) = (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3)));
        services.PostConfigure<HealthCheckServiceOptions>(health =>
            health.Registrations.Single(check => check.Name == RabbitMqHealth.Name).Factory =
                provider => new RabbitMqHealth(
                    provider.GetRequiredService<IBusControl>(), provider.GetRequiredService<BrokerGate>(), provider.GetRequiredService<QueueMismatches>()));
        return services.AddMassTransit(bus =>
        {
            // Else it tells its makers over the internet how it is used.
            bus.DisableUsageTelemetry();
            bus.ConfigureHealthCheckOptions(check => check.Name = RabbitMqHealth.Name);
            consumers(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var options = context.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
                var broker = new Uri(options.Uri);
                rabbit.Host(broker, host =>
                {
                    host.Heartbeat(Heartbeat);
                    host.OnRefreshConnectionFactory = context.GetRequiredService<BrokerGate>().PassAsync;
                    if (broker.Scheme == "amqps")
                        host.UseSsl(ssl => Secure(ssl, broker, options));
                });
                endpoints(context, rabbit);
            });
        });
    }

    private static void Secure(IRabbitMqSslConfigurator ssl, Uri broker, RabbitMqOptions options)
    {
        ssl.ServerName = broker.Host;
        if (options.CaCertificate is { Length: > 0 } authority)
            ssl.CertificateValidationCallback = new CustomCaValidator(RabbitMqOptions.CaCertificateSetting, authority).Validate;
    }

    /// <summary>Names the queue that answers come to, so that the broker's rights can be given by name.</summary>
    /// <param name="rabbit">The bus.</param>
    /// <param name="prefix">What its name begins with; a dot and a random end follow.</param>
    public static void NameOwnQueue(this IRabbitMqBusFactoryConfigurator rabbit, string prefix)
    {
        ArgumentNullException.ThrowIfNull(rabbit);
        rabbit.OverrideDefaultBusEndpointQueueName(OwnQueueNames.Next(prefix));
        rabbit.ExpireWithProcess();
    }

    /// <summary>Makes an endpoint's queue a quorum queue, where the configuration says so.</summary>
    /// <param name="endpoint">An endpoint with a durable queue.</param>
    /// <param name="context">The bus.</param>
    public static void SetQuorumQueueAsConfigured(this IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        if (context.GetRequiredService<IOptions<RabbitMqOptions>>().Value.QuorumQueues)
            endpoint.SetQuorumQueue();
    }

    /// <summary>
    /// Deletes an endpoint's queue when the broker knows it and can't serve it, so that it is declared anew. For a queue whose messages can
    /// be had again from elsewhere; a service has one of them at most.
    /// </summary>
    /// <param name="endpoint">An endpoint with a durable queue.</param>
    /// <param name="context">The bus.</param>
    public static void RenewWhenBroken(this IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        context.GetRequiredService<BrokerGate>().Renew(endpoint.InputAddress.Segments[^1]);
    }
}
