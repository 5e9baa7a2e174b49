namespace LastMile.Events.Chaos.Load;

/// <summary>Since when each version of each product is committed, as far as the writers know. A product's price is its version. Thread-safe.</summary>
/// <param name="time">The clock: moments are its timestamps.</param>
internal sealed class CommitBook(TimeProvider time)
{
    private readonly Dictionary<int, List<long>> products = [];
    private readonly Lock gate = new();
    private long changes;

    /// <summary>The clock of the moments.</summary>
    public TimeProvider Time => time;

    /// <summary>How many changes there were.</summary>
    public long Changes => Interlocked.Read(ref changes);

    /// <summary>Takes down that a product has a version by now.</summary>
    public void Committed(int product, int version)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (!products.TryGetValue(product, out var moments))
                products.Add(product, moments = [now]);
            for (; moments.Count <= version; changes++)
                moments.Add(now);
        }
    }

    /// <summary>A product's newest committed version, and since when a version has had a successor.</summary>
    /// <param name="product">The product.</param>
    /// <param name="version">The version.</param>
    /// <returns>The moment is null where the version is the newest.</returns>
    public (int Newest, long? Replaced) Of(int product, int version)
    {
        lock (gate)
        {
            if (!products.TryGetValue(product, out var moments))
                return (0, null);
            return (moments.Count - 1, version + 1 < moments.Count ? moments[version + 1] : null);
        }
    }
}
