using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>An endpoint whose queue belongs to one process and expires when the process has ended.</summary>
public static class ProcessEndpoint
{
    /// <summary>How long the broker keeps the queue without a consumer: longer than a reconnect takes.</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Makes an endpoint's queue and exchange expire after its process. They are durable, because RabbitMQ 4.3 refuses a queue that is neither
    /// durable nor exclusive, which is what MassTransit declares for a temporary endpoint.
    /// </summary>
    /// <param name="endpoint">A temporary endpoint, or the bus for the queue that answers come to.</param>
    public static void ExpireWithProcess(this IRabbitMqQueueEndpointConfigurator endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        endpoint.Durable = true;
        // The exchange goes with its last binding, which is the queue's.
        endpoint.AutoDelete = true;
        endpoint.QueueExpiration = Expiry;
    }
}
