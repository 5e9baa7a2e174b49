using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>The service's side of the bus.</summary>
public static class BusRegistration
{
    // Work that can't be finished in this time goes back to its queue: an operator's patience is shorter than a server's outage.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Connects to RabbitMQ in the background, for as long as it takes, with publisher confirms.</summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="consumers">Adds the consumers.</param>
    /// <param name="endpoints">Lays out the receive endpoints.</param>
    public static IServiceCollection AddBus(
        this IServiceCollection services,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints)
    {
        services.AddOptions<RabbitMqOptions>().BindConfiguration(RabbitMqOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.Configure<MassTransitHostOptions>(host => (host.StopTimeout, host.ConsumerStopTimeout) = (StopTimeout * 2, StopTimeout));
        return services.AddMassTransit(bus =>
        {
            bus.ConfigureHealthCheckOptions(check =>
            {
                check.Name = "rabbitmq";
                check.Tags.Add(ServiceDefaults.SettingTag + "RabbitMq:Uri");
            });
            consumers(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var broker = new Uri(context.GetRequiredService<IOptions<RabbitMqOptions>>().Value.Uri);
                var virtualHost = Uri.UnescapeDataString(broker.AbsolutePath.TrimStart('/'));
                var user = broker.UserInfo.Split(':', 2);
                var tls = broker.Scheme == "amqps";
                rabbit.Host(broker.Host, (ushort)(broker.IsDefaultPort ? (tls ? 5671 : 5672) : broker.Port), virtualHost.Length == 0 ? "/" : virtualHost, host =>
                {
                    host.Username(Uri.UnescapeDataString(user[0]));
                    host.Password(Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? ""));
                    if (tls)
                        host.UseSsl(ssl => ssl.ServerName = broker.Host);
                });
                endpoints(context, rabbit);
            });
        });
    }
}
