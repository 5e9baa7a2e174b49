using LastMile.Events.Hosting;
using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The queues that all Invalidators share for what regions tell and ask: each message is taken by one of them.</summary>
internal static class RegionEndpoints
{
    /// <summary>The regions' alerts, and who asks for the open episode: answered when all alerts from before the question are recorded.</summary>
    public const string Episodes = "lastmile.episodes";

    /// <summary>What agents ask of the log. An answer that comes late is worth nothing: nobody waits for it any more.</summary>
    public const string Requests = "lastmile.requests";

    private const ushort Prefetch = 16;

    // Answers at once: each may be some hundred KB.
    private const ushort Answers = 4;

    private static readonly TimeSpan OldestRequest = TimeSpan.FromSeconds(30);

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
            // One after the other, of all Invalidators: which episode is the later one, nothing else tells. Agents' clocks may be wrong.
            endpoint.SingleActiveConsumer = true;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConfigureConsumer<EpisodeConsumer>(context);
            endpoint.ConfigureConsumer<EpisodeRequestConsumer>(context);
        });

        rabbit.ReceiveEndpoint(Requests, endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            endpoint.SetQueueArgument("x-message-ttl", OldestRequest);
            endpoint.PrefetchCount = Answers;
            // Who asked is told; there is nobody else to read it.
            endpoint.DiscardFaultedMessages();
            endpoint.ConfigureConsumer<ReplayConsumer>(context);
        });
    }

    /// <summary>Hears every region, on an endpoint that other Invalidators do not share.</summary>
    public static void Listen(IBusRegistrationContext context, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConnectReceiveEndpointObserver(context.GetRequiredService<BusUptime>());
        endpoint.ConfigureConsumer<RegionReportConsumer>(context);
    }
}
