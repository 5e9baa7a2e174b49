using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Region;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Removing;

/// <summary>Removes entries at once from this process and its region, and requests a purge in all regions. Thread-safe.</summary>
internal sealed class Remover(
    RegionEntries region,
    RegionCalls calls,
    RegionReplica? replica,
    PurgeTable table,
    RedisKeys keys,
    IOptions<LastMileCacheOptions> options,
    IPurgeRequester? requester,
    TimeProvider time)
{
    // The limit of a message on the bus.
    private const int LongestRequest = 1_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Removes keys, and all entries with one of some tags.</summary>
    /// <exception cref="InvalidOperationException">No purge can be requested. Nothing was removed.</exception>
    /// <exception cref="RedisException">The region's Redis rejected the removal, and no other region was meant.</exception>
    /// <exception cref="TimeoutException">The region's Redis did not answer, and no other region was meant.</exception>
    /// <exception cref="HttpRequestException">The purge was not accepted: other regions keep the entries.</exception>
    public async Task RemoveAsync(
        IReadOnlyCollection<string> removed, IReadOnlyCollection<string> tags, CancellationToken cancellationToken)
    {
        var onlyHere = options.Value.RemoveFromThisRegionOnly;
        if (!onlyHere && requester is null)
        {
            throw new InvalidOperationException(
                "Nothing was removed: without a way to request a purge, other regions would keep the entry. Call PurgeApi in "
                    + "AddLastMileCache, register an IPurgeRequester, or set RemoveFromThisRegionOnly.");
        }

        Purge(removed, tags);
        if (onlyHere)
        {
            await RemoveHereAsync(removed, tags).ConfigureAwait(false);
        }
        else
        {
            await RemoveHereAsync(removed).ConfigureAwait(false);
            var before = await GenerationsAsync(tags).ConfigureAwait(false);
            foreach (var (someKeys, someTags) in Requests(removed, tags))
                await requester!.PurgeAsync(someKeys, someTags, cancellationToken).ConfigureAwait(false);
            await WaitForRegionAsync(tags, before, cancellationToken).ConfigureAwait(false);
        }

        // What another read has copied from the region in the meantime.
        Purge(removed, tags);
    }

    /// <summary>
    /// Drops a key whose new value could not be stored from memory and from the region, if its Redis answers. It is no purge, so a later
    /// value is stored.
    /// </summary>
    public async Task DropAsync(string key)
    {
        table.Invalidate(PurgeTable.SlotOf(key));
        await calls.TryAsync(() => region.DropAsync(key)).ConfigureAwait(false);
        await CatchUpAsync().ConfigureAwait(false);
        table.Invalidate(PurgeTable.SlotOf(key));
    }

    private async Task RemoveHereAsync(IReadOnlyCollection<string> removed)
    {
        Purge(removed, []);
        await calls.TryAsync(async () =>
        {
            await RemoveHereAsync(removed, []).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        Purge(removed, []);
    }

    private static IEnumerable<(string[] Keys, string[] Tags)> Requests(IEnumerable<string> removed, IEnumerable<string> tags) =>
        removed.Select(key => (Name: key, IsTag: false)).Concat(tags.Select(tag => (Name: tag, IsTag: true)))
            .Chunk(LongestRequest)
            .Select(chunk => (
                chunk.Where(name => !name.IsTag).Select(name => name.Name).ToArray(),
                chunk.Where(name => name.IsTag).Select(name => name.Name).ToArray()));

    // An application may not write tag generations, so the purge must arrive before the region's entries are invalid.
    private async Task WaitForRegionAsync(
        IReadOnlyCollection<string> tags, IReadOnlyList<TagGeneration>? before, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        while (before is { Count: > 0 } && time.GetElapsedTime(startedAt) < LongestWait
            && await GenerationsAsync(tags).ConfigureAwait(false) is { } current && current.Intersect(before).Any())
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>The current generations; null if the region's Redis does not answer, so that no reader gets an entry from it.</returns>
    private async Task<IReadOnlyList<TagGeneration>?> GenerationsAsync(IReadOnlyCollection<string> tags) => tags.Count == 0
        ? []
        : (await (replica?.Calls ?? calls).TryAsync(() => (replica?.Entries ?? region).ReadGenerationsAsync([.. tags]))
            .ConfigureAwait(false)).Answer;

    // Otherwise a read could find on the replica what this process has removed on the primary.
    private Task CatchUpAsync() => replica?.CatchUpAsync() ?? Task.CompletedTask;

    private void Purge(IReadOnlyCollection<string> removed, IReadOnlyCollection<string> tags)
    {
        foreach (var key in removed)
            table.Purge(PurgeTable.SlotOf(key));
        foreach (var tag in tags)
            table.Purge(PurgeTable.SlotOf(keys.Tag(tag).ToString()));
    }

    private async Task RemoveHereAsync(IReadOnlyCollection<string> removed, IReadOnlyCollection<string> tags)
    {
        foreach (var (someKeys, someTags) in PurgeScript.Calls(removed, tags))
        {
            if (someKeys.Length > 0)
                await region.RemoveAsync(someKeys).ConfigureAwait(false);
            if (someTags.Length > 0)
                await region.RenewAsync(someTags).ConfigureAwait(false);
        }

        await CatchUpAsync().ConfigureAwait(false);
    }
}
