using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Contenders;

/// <summary>
/// A peer: the application publishes after its commit. This is not transactional: a crash between the two loses the purge.
/// </summary>
internal sealed class PublishedChange : IContender
{
    private readonly ProductWriter writer;
    private readonly RegionConsumers regions;

    private PublishedChange(ProductWriter writer, RegionConsumers regions) => (this.writer, this.regions) = (writer, regions);

    public string Name => "MassTransit after commit";

    public static async Task<PublishedChange> StartAsync(BenchSystem system, CancellationToken cancellationToken) => new(
        new ProductWriter(await system.CreateDatabaseAsync("published", cancellationToken)),
        await RegionConsumers.StartAsync(system, "published", cancellationToken));

    public async Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken)
    {
        await writer.UpdateAsync(product, cancellationToken);
        committed();
        await regions.PublishAsync(ProductKey.Of(product), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await regions.DisposeAsync();
        await writer.DisposeAsync();
    }
}
