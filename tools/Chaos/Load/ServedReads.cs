namespace LastMile.Events.Chaos.Load;

/// <summary>How old the products were that a region's Storefronts served. Thread-safe.</summary>
/// <param name="commits">The commit times of the products' versions.</param>
internal sealed class ServedReads(CommitHistory commits)
{
    private readonly Lock gate = new();
    private ServedAges ages;

    /// <summary>All reads so far.</summary>
    public ServedAges Ages
    {
        get
        {
            lock (gate)
                return ages;
        }
    }

    /// <summary>Records a read.</summary>
    /// <param name="product">The product.</param>
    /// <param name="version">The version that was served.</param>
    /// <param name="startedAt">
    /// The timestamp at which the read began. A version is stale if a later one was known to be committed then.
    /// </param>
    public void Add(int product, int version, long startedAt)
    {
        var replaced = commits.Of(product, version).Replaced ?? long.MaxValue;
        var age = replaced < startedAt ? commits.Time.GetElapsedTime(replaced, startedAt) : TimeSpan.Zero;
        lock (gate)
        {
            ages = new ServedAges(
                ages.Reads + 1, ages.Stale + (age > TimeSpan.Zero ? 1 : 0), age > ages.Longest ? age : ages.Longest);
        }
    }
}

/// <summary>How old served products were.</summary>
/// <param name="Reads">The number of reads.</param>
/// <param name="Stale">Those of them that returned a version whose successor was committed before the read.</param>
/// <param name="Longest">The longest time from the commit of that successor to the start of such a read.</param>
internal readonly record struct ServedAges(long Reads, long Stale, TimeSpan Longest);
