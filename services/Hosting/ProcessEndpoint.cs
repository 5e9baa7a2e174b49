using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>An endpoint whose queue belongs to one process and expires after the process has ended.</summary>
public static class ProcessEndpoint
{
    /// <summary>How long the broker keeps the queue without a consumer: longer than a reconnect takes.</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Makes an endpoint's queue and exchange expire after its process. They are durable, because MassTransit declares a temporary
    /// endpoint's queue as neither durable nor exclusive, and RabbitMQ 4.3 refuses such a queue.
    /// </summary>
    /// <param name="endpoint">A temporary endpoint, or the bus for the queue that receives responses.</param>
    public static void ExpireWithProcess(this IRabbitMqQueueEndpointConfigurator endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        endpoint.Durable = true;
        // The exchange is deleted with its last binding, which is the queue's.
        endpoint.AutoDelete = true;
        endpoint.QueueExpiration = Expiry;
    }
}
