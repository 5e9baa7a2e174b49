namespace LastMile.Events.Chaos.Load;

/// <summary>
/// Records when each version of each product was committed, as far as the writers know. A product's price is its version. Thread-safe.
/// </summary>
/// <param name="time">The clock that provides the timestamps.</param>
internal sealed class CommitHistory(TimeProvider time)
{
    private readonly Dictionary<int, List<long>> products = [];
    private readonly Lock gate = new();
    private long changes;

    /// <summary>The clock that provides the timestamps.</summary>
    public TimeProvider Time => time;

    /// <summary>The number of changes.</summary>
    public long Changes => Interlocked.Read(ref changes);

    /// <summary>Records that a version of a product is committed.</summary>
    public void Committed(int product, int version)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (!products.TryGetValue(product, out var timestamps))
                products.Add(product, timestamps = [now]);
            for (; timestamps.Count <= version; changes++)
                timestamps.Add(now);
        }
    }

    /// <summary>Returns a product's newest committed version, and when a version was replaced.</summary>
    /// <param name="product">The product.</param>
    /// <param name="version">The version.</param>
    /// <returns>The timestamp is null if the version is the newest.</returns>
    public (int Newest, long? Replaced) Of(int product, int version)
    {
        lock (gate)
        {
            if (!products.TryGetValue(product, out var timestamps))
                return (0, null);
            return (timestamps.Count - 1, version + 1 < timestamps.Count ? timestamps[version + 1] : null);
        }
    }
}
