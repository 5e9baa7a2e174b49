using LastMile.Events.Caching.Region;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// The region's Redis, if it is a read-only replica of the primary on which entries are stored. It lags behind the primary, but never shows
/// the primary's changes in another order. Thread-safe.
/// </summary>
/// <param name="entries">The entries that the replica holds.</param>
/// <param name="calls">Calls the replica.</param>
/// <param name="primary">The entries that the primary holds.</param>
/// <param name="primaryCalls">Calls the primary.</param>
/// <param name="table">The purges that this process has received.</param>
/// <param name="feed">Receives them from the replica.</param>
/// <param name="time">The clock.</param>
internal sealed class RegionReplica(
    RegionEntries entries,
    RegionCalls calls,
    RegionEntries primary,
    RegionCalls primaryCalls,
    PurgeTable table,
    PurgeFeed feed,
    TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>The entries that the replica holds. They can only be read.</summary>
    public RegionEntries Entries { get; } = entries;

    /// <summary>Calls the replica.</summary>
    public RegionCalls Calls { get; } = calls;

    /// <summary>
    /// Waits until the replica shows what this process has changed on the primary, for one second at the most: until a message that follows
    /// the change has arrived through the replica.
    /// </summary>
    public async Task CatchUpAsync()
    {
        var startedAt = time.GetTimestamp();
        var name = RegionEntries.NewToken();
        var slot = PurgeTable.SlotOf(name);
        var before = table.SumOf([slot]);
        var (answered, _) = await primaryCalls.TryAsync(() => primary.PublishAsync(name)).ConfigureAwait(false);
        while (answered && feed.Trust.Holds && table.SumOf([slot]) == before && time.GetElapsedTime(startedAt) < LongestWait)
            await Task.Delay(Pause, time).ConfigureAwait(false);
    }
}
