using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Leadership;
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
        bus.AddConsumer<LeaderProbeConsumer>();
    }

    /// <summary>The queue's address, for what is meant for one region alone.</summary>
    public static Uri AddressOf(string region) => new($"exchange:{NameOf(region)}");

    public static string NameOf(string region) => "lastmile.region." + region;

    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var region = context.GetRequiredService<IOptions<RegionOptions>>().Value;
        rabbit.NameOwnQueue($"lastmile.agent.{region.Name}");
        rabbit.ReceiveEndpoint(NameOf(region.Name), endpoint =>
        {
            endpoint.SetQuorumQueueAsConfigured(context);
            // What was in it is read from the log.
            endpoint.DeleteWhenBroken(context);
            endpoint.SetQueueArgument("x-max-length", LongestQueue);
            endpoint.SetQueueArgument("x-message-ttl", OldestMessage);
            endpoint.QueueExpiration = AbandonedQueue;
            // Of several agents one hears; the next when that one is gone.
            endpoint.SingleActiveConsumer = true;
            endpoint.PrefetchCount = Prefetch;

            endpoint.ConfigureConsumer<PurgesAppliedConsumer>(context);
            endpoint.ConfigureConsumer<HeartbeatConsumer>(context);
            endpoint.ConfigureConsumer<LeaderProbeConsumer>(context);
        });
    }
}
