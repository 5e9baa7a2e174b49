using LastMile.Events.Chaos.Faults;

namespace LastMile.Events.Chaos.Load;

/// <summary>All writers and readers.</summary>
internal sealed class ShopLoad : IAsyncDisposable
{
    private readonly Writer[] writers;
    private readonly Readers readers;

    private ShopLoad(Writer[] writers, Readers readers) => (this.writers, this.readers) = (writers, readers);

    public long Reads => readers.Reads;

    public static ShopLoad Start(Scene scene, Shop shop, Broker broker, ChaosOptions options)
    {
        var storefronts = scene.System.Storefronts.Values;
        var copying = new CopyWriter(shop);
        Writer[] started = [new SavingWriter(shop, storefronts), new BulkWriter(shop, new Random(options.Seed)), copying, new BusWriter(shop, broker)];
        foreach (var writer in started)
            writer.Start(options.Busy);
        return new ShopLoad(started, new Readers(shop, copying, storefronts, options.Busy));
    }

    /// <summary>Has the writers pause: returns when every change that they began is known to be made, or not made. Readers go on.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Task.WhenAll(writers.Select(writer => writer.PauseAsync(cancellationToken)).ToArray());

    public void Resume()
    {
        foreach (var writer in writers)
            writer.Resume();
    }

    public async ValueTask DisposeAsync()
    {
        await readers.DisposeAsync();
        foreach (var writer in writers)
            await writer.DisposeAsync();
    }
}
