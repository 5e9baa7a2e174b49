using MassTransit;

namespace LastMile.Events.Bench.Running;

/// <summary>
/// MassTransit on the system's broker with its default settings: publisher confirms, durable exchanges and queues, persistent messages.
/// </summary>
internal static class ChangeBus
{
    /// <summary>Starts a bus with its own connection, because publishers and consumers are different programs in production.</summary>
    /// <param name="broker">The broker's address.</param>
    /// <param name="prefix">
    /// A prefix for exchange names, which keeps messages of the same types from the Invalidator; null to publish to it.
    /// </param>
    /// <param name="endpoints">Configures the receive endpoints.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<IBusControl> StartAsync(
        Uri broker, string? prefix, Action<IRabbitMqBusFactoryConfigurator> endpoints, CancellationToken cancellationToken)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            // RabbitMQ 4.3 rejects a queue that is neither durable nor exclusive.
            (rabbit.Durable, rabbit.AutoDelete, rabbit.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
            if (prefix is not null)
            {
                rabbit.MessageTopology.SetEntityNameFormatter(
                    new PrefixEntityNameFormatter(rabbit.MessageTopology.EntityNameFormatter, prefix));
            }

            endpoints(rabbit);
        });
        await bus.StartAsync(cancellationToken);
        return bus;
    }

    /// <summary>Starts a bus that only publishes.</summary>
    public static Task<IBusControl> StartAsync(Uri broker, string? prefix, CancellationToken cancellationToken) =>
        StartAsync(broker, prefix, _ => { }, cancellationToken);
}
