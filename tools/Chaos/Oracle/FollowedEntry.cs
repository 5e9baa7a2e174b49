using LastMile.Events.Chaos.Load;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>One product's entry in one region, look after look: how long after its commit each change's purge was there.</summary>
/// <param name="book">When the product's versions were committed.</param>
/// <param name="product">The product.</param>
internal sealed class FollowedEntry(CommitBook book, int product)
{
    // The version that was in the cache at the last look; null for none.
    private int? cached;

    // When it was looked at last.
    private long looked;

    /// <summary>Takes a look at what is in the cache.</summary>
    /// <param name="version">The cached version; null where there is none.</param>
    /// <param name="asked">Before the question was asked: what was committed by then must not be missing from the answer.</param>
    /// <returns>For each change that the last look lacked and this one has, how long after the commit an older version was still seen.</returns>
    public IReadOnlyList<TimeSpan> Look(int? version, long asked)
    {
        var current = version ?? book.Of(product, 0).Newest;
        IReadOnlyList<TimeSpan> purges = cached is { } before && before < current
            ? [.. Enumerable.Range(before, current - before).Select(StaleFor)]
            : [];
        (cached, looked) = (version, asked);
        return purges;
    }

    private TimeSpan StaleFor(int version) =>
        book.Of(product, version).Replaced is { } replaced && looked > replaced ? book.Time.GetElapsedTime(replaced, looked) : TimeSpan.Zero;
}
