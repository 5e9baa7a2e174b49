using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Regions;
using MassTransit;
using MassTransit.Middleware;

namespace LastMile.Events.Invalidator.Bus;

/// <summary>The Invalidator's queues.</summary>
internal static class Endpoints
{
    /// <summary>What applications publish. One queue for all Invalidators: each message is purged by one of them.</summary>
    public const string Changes = "lastmile.changes";

    // What each Invalidator has for itself begins so.
    private const string Own = "lastmile.invalidator";

    // Unacknowledged messages at once: enough for a batch to gather while another is under way; bounds memory.
    private const ushort Prefetch = 500;

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ChangeConsumer>();
        RegionEndpoints.AddConsumers(bus);
    }

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        rabbit.NameOwnQueue(Own);
        rabbit.ReceiveEndpoint(Changes, endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(new UnknownTypeFilter()));
            endpoint.ConfigureError(pipe =>
            {
                pipe.UseFilter(new MalformedMessageFilter());
                pipe.UseFilter(new GenerateFaultFilter());
                pipe.UseFilter(new ErrorTransportFilter());
            });
            endpoint.ConfigureConsumer<ChangeConsumer>(context);
        });

        // Every Invalidator hears every region, on a queue that goes with it; in the order in which a region spoke.
        rabbit.ReceiveEndpoint(new TemporaryEndpointDefinition(), new OwnQueueNames(Own), endpoint =>
        {
            endpoint.ExpireWithProcess();
            endpoint.ConcurrentMessageLimit = 1;
            RegionEndpoints.Listen(context, endpoint);
        });
        RegionEndpoints.Configure(context, rabbit);
    }
}
