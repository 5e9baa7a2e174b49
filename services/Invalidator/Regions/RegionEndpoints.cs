using LastMile.Events.Hosting;
using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The queues that all Invalidators share for agents' alerts and requests. One Invalidator processes each message.</summary>
internal static class RegionEndpoints
{
    /// <summary>Receives alerts and requests for a region's open episode. A request is answered after all earlier alerts.</summary>
    public const string Episodes = "lastmile.episodes";

    /// <summary>Receives agents' requests for purges from the log. A request expires after 30 s, when its agent no longer waits.</summary>
    public const string Requests = "lastmile.requests";

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
        rabbit.ReceiveEndpoint(Episodes, endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            // One message at a time across all Invalidators: only their order shows which episode is later. Agents' clocks may be wrong.
            endpoint.SingleActiveConsumer = true;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConfigureConsumer<EpisodeConsumer>(context);
            endpoint.ConfigureConsumer<EpisodeRequestConsumer>(context);
        });

        rabbit.ReceiveEndpoint(Requests, endpoint =>
        {
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
