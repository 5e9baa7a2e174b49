using LastMile.Events.Messages;
using MassTransit;

namespace Storefront.Tests;

/// <summary>The Storefront's peer on the bus: answers requests like an Invalidator and publishes the messages of agents.</summary>
internal sealed class BusPeer : IAsyncDisposable
{
    private readonly IBusControl bus;
    private readonly ReplicaLagDetected? open;

    private BusPeer(Uri uri, ReplicaLagDetected? open)
    {
        this.open = open;
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(uri);
            (rabbit.Durable, rabbit.AutoDelete, rabbit.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
            rabbit.ReceiveEndpoint("requests", endpoint => endpoint.Handler<RegionEpisodeRequested>(context =>
                context.RespondAsync(new RegionEpisodeReported(
                    context.Message.Region, context.Message.Region == this.open?.Region ? this.open : null, 5_000))));
        });
    }

    public static async Task<BusPeer> ConnectAsync(Uri uri, ReplicaLagDetected? open = null)
    {
        var peer = new BusPeer(uri, open);
        await peer.bus.StartAsync();
        return peer;
    }

    public Task PublishAsync(object message) => bus.Publish(message);

    public Task ReportAsync(string region) =>
        PublishAsync(new RegionReported(region, "agent-1", "Independent", "Converged", null, null, DateTimeOffset.UnixEpoch));

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}
