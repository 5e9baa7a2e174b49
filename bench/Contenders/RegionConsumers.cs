using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using MassTransit;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Contenders;

/// <summary>
/// The regions of a team without LastMile: each has a consumer on its own durable queue, which deletes the key from the region's Redis.
/// </summary>
internal sealed class RegionConsumers : IAsyncDisposable
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup =
        "MassTransit 8.5 on RabbitMQ with publisher confirms; a durable queue for each region, prefetch 500, no other concurrency limit";

    private const ushort Prefetch = 500;

    private static readonly string Unlink = Resource.Read("unlink.lua");

    private readonly IBusControl publisher;
    private readonly List<IBusControl> consumers = [];
    private readonly List<ConnectionMultiplexer> caches = [];

    private RegionConsumers(IBusControl publisher) => this.publisher = publisher;

    /// <summary>Starts a consumer in each region.</summary>
    /// <param name="system">The broker and the regions.</param>
    /// <param name="name">A prefix that makes queue and exchange names unique to this contender.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<RegionConsumers> StartAsync(BenchSystem system, string name, CancellationToken cancellationToken)
    {
        var (broker, prefix) = (system.Servers.RabbitMq.Uri, name + "-");
        var all = new RegionConsumers(await ChangeBus.StartAsync(broker, prefix, cancellationToken));
        foreach (var region in system.Servers.Regions)
        {
            var endpoint = await all.ConsumeAsync(region, prefix + region.Name);
            all.consumers.Add(await ChangeBus.StartAsync(broker, prefix, endpoint, cancellationToken));
        }

        return all;
    }

    /// <summary>Publishes a change; completes when the broker has confirmed it.</summary>
    public Task PublishAsync(string key, CancellationToken cancellationToken) =>
        publisher.Publish(new EntityChanged("Product") { Keys = [key] }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(consumers.Append(publisher).Select(bus => bus.StopAsync()));
        foreach (var cache in caches)
            await cache.DisposeAsync();
    }

    private async Task<Action<IRabbitMqBusFactoryConfigurator>> ConsumeAsync(Region region, string queue)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(region.Redis.Endpoint);
        caches.Add(connection);
        var cache = connection.GetDatabase();
        return rabbit => rabbit.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.PrefetchCount = Prefetch;
            endpoint.Handler<EntityChanged>(change =>
                cache.ScriptEvaluateAsync(Unlink, [.. change.Message.Keys.Select(key => (RedisKey)key)]));
        });
    }
}
