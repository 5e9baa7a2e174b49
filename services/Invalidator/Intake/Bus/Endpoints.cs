using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Regions;
using MassTransit;
using MassTransit.Middleware;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>The Invalidator's queues.</summary>
internal static class Endpoints
{
    // The name prefix of the queues and exchanges that each Invalidator owns.
    private const string Own = "lastmile.invalidator";

    // Unacknowledged messages: enough for one batch to collect while another is purged. Bounds memory.
    private const ushort Prefetch = 500;

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<ChangeConsumer>();
        RegionEndpoints.AddConsumers(bus);
    }

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        rabbit.NameOwnQueue(Own);
        var lineage = context.GetRequiredService<IOptions<InvalidatorOptions>>().Value.Lineage;
        rabbit.ReceiveEndpoint(LineageQueues.Changes(lineage), endpoint =>
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

        // Each Invalidator receives every region's reports, in the order of sending, on its own queue, which expires with the process.
        rabbit.ReceiveEndpoint(new TemporaryEndpointDefinition(), new OwnQueueNames(Own), endpoint =>
        {
            endpoint.ExpireWithProcess();
            endpoint.ConcurrentMessageLimit = 1;
            RegionEndpoints.Subscribe(context, endpoint);
        });
        RegionEndpoints.Configure(context, rabbit);
    }
}
