using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>The region's durable queue. Every region receives every message, even those published while its agent was down.</summary>
internal static class RegionQueue
{
    // One message holds all batches announced together, up to about ten thousand keys.
    private const ushort Prefetch = 64;

    // Limits for a queue without a consumer. RabbitMQ refuses to redeclare an existing queue with other values: delete the queue first.
    private const int MaxLength = 100_000;
    private static readonly TimeSpan MessageTtl = TimeSpan.FromHours(1);
    private static readonly TimeSpan QueueExpiry = TimeSpan.FromDays(1);

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<PurgesAppliedConsumer>();
        bus.AddConsumer<HeartbeatConsumer>();
        bus.AddConsumer<LeaderProbeConsumer>();
    }

    /// <summary>Returns the address of the region's queue, for messages to this region only.</summary>
    public static Uri AddressOf(string region) => new($"exchange:{NameOf(region)}");

    public static string NameOf(string region) => "lastmile.region." + region;

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var region = context.GetRequiredService<IOptions<RegionOptions>>().Value;
        rabbit.NameOwnQueue($"lastmile.agent.{region.Name}");
        rabbit.ReceiveEndpoint(NameOf(region.Name), endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            // The agent reads the lost messages from the purge log.
            endpoint.DeleteWhenBroken(context);
            endpoint.SetQueueArgument("x-max-length", MaxLength);
            endpoint.SetQueueArgument("x-message-ttl", MessageTtl);
            endpoint.QueueExpiration = QueueExpiry;
            // One of several agents receives messages; another takes over when its connection ends.
            endpoint.SingleActiveConsumer = true;
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConnectReceiveEndpointObserver(new QueueWatch(context.GetRequiredService<LeadershipState>()));

            endpoint.ConfigureConsumer<PurgesAppliedConsumer>(context);
            endpoint.ConfigureConsumer<HeartbeatConsumer>(context);
            endpoint.ConfigureConsumer<LeaderProbeConsumer>(context);
        });
    }
}
