using LastMile.Events.Chaos.Faults;

namespace LastMile.Events.Chaos.Load;

/// <summary>The load: all writers and readers.</summary>
internal sealed class ShopLoad : IAsyncDisposable
{
    private readonly Writer[] writers;
    private readonly Readers readers;

    private ShopLoad(Writer[] writers, Readers readers) => (this.writers, this.readers) = (writers, readers);

    public long Reads => readers.Reads;

    /// <summary>How old the served products were, by region.</summary>
    public IReadOnlyDictionary<string, ServedReads> Served => readers.Served;

    public static ShopLoad Start(Scene scene, Shop shop, Broker broker, ChaosOptions options)
    {
        var storefronts = scene.System.Storefronts.Values;
        var copying = new CopyWriter(shop);
        Writer[] started =
        [
            new SavingWriter(shop, storefronts),
            new BulkWriter(shop, new Random(options.Seed)),
            copying,
            new BusWriter(shop, broker),
        ];
        foreach (var writer in started)
            writer.Start(options.Busy);
        return new ShopLoad(started, new Readers(shop, copying, scene.Readers, options.Busy));
    }

    /// <summary>Pauses the writers; returns when the outcome of every change that they started is known. Readers continue.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(writers.Select(writer => writer.PauseAsync(cancellationToken)).ToArray());

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
