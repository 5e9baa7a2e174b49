using MassTransit;

namespace LastMile.Events.Bench.Running;

/// <summary>MassTransit on the system's broker, as it comes: publisher confirms, durable exchanges and queues, persistent messages.</summary>
internal static class ChangeBus
{
    /// <summary>Starts a bus, which has a connection of its own: who publishes and who consumes are different programs in real life.</summary>
    /// <param name="broker">Where.</param>
    /// <param name="prefix">
    /// Put before the names of the exchanges, so that messages of the same types do not reach the Invalidator; null to publish to it.
    /// </param>
    /// <param name="endpoints">Lays out what is received.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IBusControl> StartAsync(
        Uri broker, string? prefix, Action<IRabbitMqBusFactoryConfigurator> endpoints, CancellationToken cancellationToken)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            // RabbitMQ 4.3 refuses a queue that is neither durable nor exclusive.
            (rabbit.Durable, rabbit.AutoDelete, rabbit.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
            if (prefix is not null)
                rabbit.MessageTopology.SetEntityNameFormatter(new PrefixEntityNameFormatter(rabbit.MessageTopology.EntityNameFormatter, prefix));
            endpoints(rabbit);
        });
        await bus.StartAsync(cancellationToken);
        return bus;
    }

    /// <summary>Starts a bus that only publishes.</summary>
    public static Task<IBusControl> StartAsync(Uri broker, string? prefix, CancellationToken cancellationToken) =>
        StartAsync(broker, prefix, _ => { }, cancellationToken);
}
