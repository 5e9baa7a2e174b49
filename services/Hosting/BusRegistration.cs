using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>The service's side of the bus.</summary>
public static class BusRegistration
{
    /// <summary>The interval of heartbeats between broker and service. A side that is silent for twice this time is gone.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Connects to RabbitMQ in the background, with publisher confirms, and retries until it succeeds. The service must register its
    /// <see cref="IDatabaseIdentity"/>.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="consumers">Adds the consumers.</param>
    /// <param name="endpoints">Configures the receive endpoints.</param>
    public static IServiceCollection AddBus(
        this IServiceCollection services,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints)
    {
        services.AddSettings<RabbitMqOptions>(RabbitMqOptions.Section);
        services.AddSingleton<BrokerGate>();
        services.AddHostedService<LateClaim>();
        services.AddSingleton<MismatchedEndpoints>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<MismatchedEndpoints>());
        // A consumer that waits for a server that is down would delay the shutdown. Its message returns to the queue.
        services.Configure<MassTransitHostOptions>(host =>
            (host.StopTimeout, host.ConsumerStopTimeout) = (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3)));
        services.PostConfigure<HealthCheckServiceOptions>(health =>
            health.Registrations.Single(check => check.Name == RabbitMqHealth.Name).Factory =
                provider => new RabbitMqHealth(
                    provider.GetRequiredService<IBusControl>(),
                    provider.GetRequiredService<BrokerGate>(),
                    provider.GetRequiredService<MismatchedEndpoints>()));
        services.AddMassTransit(bus =>
        {
            // Opts out of MassTransit's usage telemetry.
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
                    host.OnRefreshConnectionFactory = context.GetRequiredService<BrokerGate>().WaitUntilAcceptedAsync;
                    if (broker.Scheme == "amqps")
                        host.UseSsl(ssl => Secure(ssl, broker, options));
                });
                endpoints(context, rabbit);
            });
        });
        BusLifetime.Replace(services);
        return services;
    }

    private static void Secure(IRabbitMqSslConfigurator ssl, Uri broker, RabbitMqOptions options)
    {
        ssl.ServerName = broker.Host;
        if (options.CaCertificate is { Length: > 0 } authority)
            ssl.CertificateValidationCallback = new CustomCaValidator(RabbitMqOptions.CaCertificateSetting, authority).Validate;
    }

    /// <summary>Names the queue that receives responses, so that permissions on the broker can be granted by name.</summary>
    /// <param name="rabbit">The bus.</param>
    /// <param name="prefix">The prefix of the name; a dot and a random suffix follow.</param>
    public static void NameOwnQueue(this IRabbitMqBusFactoryConfigurator rabbit, string prefix)
    {
        ArgumentNullException.ThrowIfNull(rabbit);
        rabbit.OverrideDefaultBusEndpointQueueName(OwnQueueNames.Next(prefix));
        rabbit.ExpireWithProcess();
    }

    /// <summary>Makes an endpoint's queue a quorum queue if <c>RabbitMq:QuorumQueues</c> is true.</summary>
    /// <param name="endpoint">An endpoint with a durable queue.</param>
    /// <param name="context">The bus.</param>
    public static void SetQuorumQueueAsConfigured(this IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        if (context.GetRequiredService<IOptions<RabbitMqOptions>>().Value.QuorumQueues)
            endpoint.SetQuorumQueue();
    }

    /// <summary>
    /// Deletes an endpoint's queue when the broker knows it but can't serve it, so that it is declared again. For a queue whose messages
    /// can be recovered from another source; a service has at most one such queue.
    /// </summary>
    /// <param name="endpoint">An endpoint with a durable queue.</param>
    /// <param name="context">The bus.</param>
    public static void DeleteWhenBroken(this IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        context.GetRequiredService<BrokerGate>().DeleteWhenBroken(endpoint.InputAddress.Segments[^1]);
    }
}
