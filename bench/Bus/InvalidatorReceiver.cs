using LastMile.Events.Bench.Running;
using MassTransit;

namespace LastMile.Events.Bench.Bus;

/// <summary>The system's Invalidator: done when the keys are gone in every region.</summary>
internal sealed class InvalidatorReceiver : IReceiver
{
    private readonly IBusControl publisher;
    private readonly CachedProducts cached;
    private int expected;

    private InvalidatorReceiver(IBusControl publisher, CachedProducts cached) => (this.publisher, this.cached) = (publisher, cached);

    public string Name => "LastMile";

    public static async Task<InvalidatorReceiver> StartAsync(BenchSystem system, CancellationToken cancellationToken) => new(
        await ChangeBus.StartAsync(system.Servers.RabbitMq.Uri, prefix: null, cancellationToken),
        await CachedProducts.StartAsync(system.Servers.Regions));

    public Task ExpectAsync(ChangeLoad load)
    {
        expected = load.LastProducts.Count;
        return cached.FillAsync(load.LastProducts);
    }

    public Task PublishAsync(object message, CancellationToken cancellationToken) => publisher.Publish(message, cancellationToken);

    public Task DoneAsync(CancellationToken cancellationToken) => cached.GoneAsync(expected, Name, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await publisher.StopAsync();
        await cached.DisposeAsync();
    }
}
