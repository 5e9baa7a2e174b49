using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// The queues that all Invalidators of a lineage share for agents' alerts and requests. One Invalidator processes each message.
/// </summary>
internal static class RegionEndpoints
{
    private const ushort Prefetch = 16;

    // Each answer may be several hundred KB.
    private const ushort ConcurrentAnswers = 4;

    private static readonly TimeSpan RequestTtl = TimeSpan.FromSeconds(30);

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<RegionReportConsumer>();
        bus.AddConsumer<EpisodeConsumer>();
        bus.AddConsumer<EpisodeRequestConsumer>();
        bus.AddConsumer<ReplayConsumer>();
    }

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var lineage = context.GetRequiredService<IOptions<InvalidatorOptions>>().Value.Lineage;
        rabbit.ReceiveEndpoint(LineageQueues.Episodes(lineage), endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            // One message at a time across all Invalidators: only their order shows which episode is later. Agents' clocks may be wrong.
            endpoint.SingleActiveConsumer = true;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConfigureConsumer<EpisodeConsumer>(context);
            endpoint.ConfigureConsumer<EpisodeRequestConsumer>(context);
        });

        rabbit.ReceiveEndpoint(LineageQueues.Requests(lineage), endpoint =>
        {
            // Agents send their requests to this queue. A published request would reach every lineage.
            endpoint.ConfigureConsumeTopology = false;
            endpoint.SetQuorumQueueAsConfigured(context);
            endpoint.SetQueueArgument("x-message-ttl", RequestTtl);
            endpoint.PrefetchCount = ConcurrentAnswers;
            // The requester receives the fault, so the message is not kept in an error queue.
            endpoint.DiscardFaultedMessages();
            endpoint.ConfigureConsumer<ReplayConsumer>(context);
        });
    }

    /// <summary>Subscribes to the reports of all regions, on an endpoint that other Invalidators do not share.</summary>
    public static void Subscribe(IBusRegistrationContext context, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConnectReceiveEndpointObserver(context.GetRequiredService<BusUptime>());
        endpoint.ConfigureConsumer<RegionReportConsumer>(context);
    }
}
