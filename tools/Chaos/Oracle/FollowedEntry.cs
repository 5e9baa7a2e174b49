using LastMile.Events.Chaos.Load;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>
/// Follows one product's entry in one region from read to read, and measures how long after its commit each change was purged.
/// </summary>
/// <param name="commits">The commit times of the product's versions.</param>
/// <param name="product">The product.</param>
internal sealed class FollowedEntry(CommitHistory commits, int product)
{
    // The version in the cache at the last read; null for none.
    private int? cached;

    // When the last read started.
    private long lastRead;

    /// <summary>Records a read of the cache.</summary>
    /// <param name="version">The cached version; null if there is none.</param>
    /// <param name="readAt">A timestamp from before the read. Changes committed earlier must be visible in its result.</param>
    /// <returns>
    /// For each change that the previous read lacked and this one has, the time from its commit for which an older version was read.
    /// </returns>
    public IReadOnlyList<StaleSpan> Look(int? version, long readAt)
    {
        var current = version ?? commits.Of(product, 0).Newest;
        IReadOnlyList<StaleSpan> purges = cached is { } before && before < current
            ? [.. Enumerable.Range(before, current - before).Select(StaleFor)]
            : [];
        (cached, lastRead) = (version, readAt);
        return purges;
    }

    private StaleSpan StaleFor(int version)
    {
        var replaced = commits.Of(product, version).Replaced ?? lastRead;
        return new StaleSpan(replaced, Math.Max(replaced, lastRead));
    }
}
