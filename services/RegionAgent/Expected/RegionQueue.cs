using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Repair;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>The region's own durable queue: every region hears everything, and hears it after an outage of its agent too.</summary>
internal static class RegionQueue
{
    // Messages in hand at once. One holds as many batches as there were at a time, at most some ten thousand keys.
    private const ushort Prefetch = 64;

    // The bounds of a queue that nobody reads. A broker refuses other values for a queue that it has: delete it first.
    private const int LongestQueue = 100_000;
    private static readonly TimeSpan OldestMessage = TimeSpan.FromHours(1);
    private static readonly TimeSpan AbandonedQueue = TimeSpan.FromDays(1);

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<PurgesAppliedConsumer>();
        bus.AddConsumer<HeartbeatConsumer>();
        bus.AddConsumer<PurgeApplyingConsumer>();
    }

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var region = context.GetRequiredService<IOptions<RegionOptions>>().Value;
        rabbit.ReceiveEndpoint("lastmile.region." + region.Name, endpoint =>
        {
            if (context.GetRequiredService<IOptions<RabbitMqOptions>>().Value.QuorumQueues)
                endpoint.SetQuorumQueue();
            endpoint.SetQueueArgument("x-max-length", LongestQueue);
            endpoint.SetQueueArgument("x-message-ttl", OldestMessage);
            endpoint.QueueExpiration = AbandonedQueue;
            endpoint.PrefetchCount = Prefetch;

            endpoint.ConfigureConsumer<PurgesAppliedConsumer>(context);
            endpoint.ConfigureConsumer<HeartbeatConsumer>(context);
            if (region.Topology == Topology.Independent)
                endpoint.ConfigureConsumer<PurgeApplyingConsumer>(context);
        });
    }
}
