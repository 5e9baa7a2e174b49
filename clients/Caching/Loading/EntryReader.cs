using LastMile.Events.Caching.Local;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Serialization;
using LastMile.Events.Caching.Telemetry;
using LastMile.Events.Redis;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Loading;

/// <summary>
/// Reads an entry from the region's Redis. On a miss, loads it and fills the key. One reader at a time loads a key of the region, and the
/// others wait for it.
/// </summary>
/// <remarks>
/// If the region's Redis is a read-only replica, it is read first. If it holds no valid entry, everything else happens on the primary, so
/// that no fill depends on what the replica showed.
/// </remarks>
internal sealed partial class EntryReader(
    RegionConnection connection,
    RegionEntries region,
    RegionCalls calls,
    RegionReplica? replica,
    LocalStore local,
    PurgeTable table,
    RegionSoundness soundness,
    ValueCodec codec,
    PayloadLimit limit,
    CacheMetrics metrics,
    RedisKeys keys,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time,
    ILogger<EntryReader> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(32);

    /// <summary>Completes a flight with the value, and starts to fill the key.</summary>
    /// <param name="flight">The flight. It is disposed when the key is filled.</param>
    /// <param name="request">The read.</param>
    /// <param name="load">Loads the value.</param>
    /// <param name="ended">Called before the flight is disposed.</param>
    /// <returns>Completes when the flight has a result. It never fails, because the flight has the failure.</returns>
    public async Task RunAsync<T>(
        Flight flight, EntryRequest request, Func<FillContext, CancellationToken, ValueTask<T>> load, Action? ended)
    {
        var token = RegionEntries.NewToken();
        RegionRead? reserved = null;
        try
        {
            var startedAt = time.GetTimestamp();
            (reserved, var hit, var hasWaited) = await FindAsync<T>(request, token, flight.Abandoned).ConfigureAwait(false);
            if (hasWaited)
                metrics.Waited(time.GetElapsedTime(startedAt));
            if (hit is not null || request.Has(HybridCacheEntryFlags.DisableUnderlyingData))
            {
                flight.Complete(hit ?? FlightResult.Nothing);
            }
            else
            {
                var loaded = await LoadAsync(flight, request, load).ConfigureAwait(false);
                // The caller does not wait for the fill.
                _ = FillAsync(flight, request, reserved, token, loaded, ended);
                return;
            }
        }
        catch (Exception failure)
        {
            flight.Fail(failure);
        }

        _ = EndAsync(flight, request, reserved, token, ended);
    }

    private async Task<LoadedValue> LoadAsync<T>(
        Flight flight, EntryRequest request, Func<FillContext, CancellationToken, ValueTask<T>> load)
    {
        var context = new FillContext(request.Key);
        using var observed = LoadTransactions.Observe();
        using var activity = CacheMetrics.Traces.StartActivity("cache load");
        var loaded = Loaded(request, await load(context, flight.Abandoned).ConfigureAwait(false));
        activity?.Dispose();
        metrics.ReadFromSource();
        string[] added = context.Tags.Count == 0 ? [] : [.. context.Tags.Except(request.Tags, StringComparer.Ordinal)];
        CacheTags.Check(added);
        var slots = SlotsOf(added);
        // Noted before the fill, which fails if one of these tags was purged before it: a later purge changes the sum.
        loaded = loaded with { Added = added, AddedSlots = slots, AddedSum = table.SumOf(slots), AddedHashSlots = HashSlotsOf(added) };
        if (observed.IsInOlderTransaction)
            loaded = loaded with { TimeToLive = null };
        flight.Complete(new FlightResult(loaded.Value, slots, observed.IsInOlderTransaction));
        return loaded;
    }

    private async Task FillAsync(
        Flight flight, EntryRequest request, RegionRead? reserved, string token, LoadedValue loaded, Action? ended)
    {
        try
        {
            if (loaded.TimeToLive is { } lifetime && lifetime > TimeSpan.Zero
                && await FillAsync(request, reserved, token, loaded, lifetime).ConfigureAwait(false))
            {
                reserved = null;
                Keep(request, loaded.Value, loaded.AddedSlots, loaded.AddedHashSlots, loaded.AddedSum, lifetime);
            }
        }
        catch (Exception failure)
        {
            Log.NotFilled(logger, request.Key, failure);
        }

        await EndAsync(flight, request, reserved, token, ended).ConfigureAwait(false);
    }

    private async Task EndAsync(Flight flight, EntryRequest request, RegionRead? reserved, string token, Action? ended)
    {
        if (reserved is not null)
            await calls.TryAsync(() => region.ReleaseAsync(request.Key, token)).ConfigureAwait(false);
        ended?.Invoke();
        flight.Dispose();
    }

    private async Task<(RegionRead? Reserved, FlightResult? Hit, bool HasWaited)> FindAsync<T>(
        EntryRequest request, string token, CancellationToken cancellationToken)
    {
        RegionRead? near = null;
        if (replica is not null && request.ReadsRegion)
        {
            (near, var hit) = await FindAsync<T>(request, replica).ConfigureAwait(false);
            if (near is null || hit is not null)
                return (null, hit, false);
        }

        var startedAt = time.GetTimestamp();
        var hasWaited = false;
        for (var delay = FirstDelay; request.ReadsRegion || request.FillsRegion; delay = Min(2 * delay, LongestDelay))
        {
            var (answered, read) = await calls.TryAsync(
                () => region.ReadAsync(request.Key, request.Tags, request.FillsRegion ? token : null, near)).ConfigureAwait(false);
            if (!answered)
            {
                // The server may have stored the lease, or do so later.
                if (request.FillsRegion)
                    _ = calls.TryAsync(() => region.ReleaseAsync(request.Key, token));
                break;
            }

            if (read!.IsReserved || read.Entry?.Token == token)
                return (read, null, hasWaited);
            // The key is absent, or another program wrote it.
            if (read.Entry is not { } entry)
                break;

            if (entry.Kind != EntryKind.Lease)
            {
                // The region may have become unsound while this read waited.
                if (request.ReadsRegion && soundness.HoldsFor(request.HashSlots)
                    && await HitAsync<T>(request, read, entry, region, calls).ConfigureAwait(false) is { } hit)
                {
                    return (null, hit, hasWaited);
                }

                if (!request.FillsRegion)
                    break;
                (answered, var isReserved) = await calls
                    .TryAsync(() => region.ReserveAsync(request.Key, entry, token))
                    .ConfigureAwait(false);
                if (isReserved)
                    return (read, null, hasWaited);
                if (!answered)
                    break;
            }

            // Another reader loads the value. If it does not finish in time, load it too.
            if (!request.ReadsRegion || !request.FillsRegion || time.GetElapsedTime(startedAt) > options.Value.LeaseTime)
                break;
            hasWaited = true;
            await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), time, cancellationToken).ConfigureAwait(false);
        }

        return (null, null, hasWaited);
    }

    /// <summary>Reads from the replica.</summary>
    /// <returns>What it showed, null if it did not answer; and its entry, null if it is not valid.</returns>
    private async Task<(RegionRead? Read, FlightResult? Hit)> FindAsync<T>(EntryRequest request, RegionReplica replica)
    {
        var (_, read) = await replica.Calls
            .TryAsync(() => replica.Entries.ReadAsync(request.Key, request.Tags, token: null))
            .ConfigureAwait(false);
        return (read, read is { Entry: { Kind: not EntryKind.Lease } entry } && soundness.HoldsFor(request.HashSlots)
            ? await HitAsync<T>(request, read, entry, replica.Entries, replica.Calls).ConfigureAwait(false)
            : null);
    }

    /// <summary>Keeps an entry of the region in memory if it is valid.</summary>
    /// <returns>Its value; null if a tag was purged since the entry was loaded, or if it can't be read.</returns>
    private async Task<FlightResult?> HitAsync<T>(
        EntryRequest request, RegionRead read, RegionEntry entry, RegionEntries source, RegionCalls sourceCalls)
    {
        int[] slots = [], hashSlots = [];
        var sum = 0L;
        // Equal in most reads, which then need no further work.
        if (!AreEqual(entry.Tags, read.Tags))
        {
            string[] unknown = [.. entry.Tags.Select(tag => tag.Tag).Except(request.Tags, StringComparer.Ordinal)];
            (slots, hashSlots) = (SlotsOf(unknown), HashSlotsOf(unknown));
            // Noted before the generations are read: a later purge changes the sum.
            sum = table.SumOf(slots);
            var current = read.Tags;
            if (unknown.Length > 0)
            {
                var (answered, generations) = await sourceCalls.TryAsync(() => source.ReadGenerationsAsync(unknown))
                    .ConfigureAwait(false);
                if (!answered)
                    return null;
                if (!soundness.HoldsFor(hashSlots))
                    return null;
                current = [.. current, .. generations!];
            }

            if (entry.Tags.Any(tag => !current.Contains(tag)))
                return null;
        }

        if (entry.Kind == EntryKind.None && default(T) is not null)
            return null;

        StoredValue value = new NoValue();
        if (entry.Kind == EntryKind.Value && !codec.TryStore<T>(entry.Body, out value!, out var failure))
        {
            // An earlier version of the application may have written it.
            Log.Unreadable(logger, request.Key, typeof(T).Name, failure);
            return null;
        }

        var longest = Math.Max(0, (long)request.Expiration.TotalMilliseconds);
        var remaining = Math.Clamp(entry.ExpiresAt - time.GetUtcNow().ToUnixTimeMilliseconds(), 0, longest);
        Keep(request, value, slots, hashSlots, sum, TimeSpan.FromMilliseconds(remaining));
        metrics.ReadFromRegion();
        return new FlightResult(value, slots);
    }

    private LoadedValue Loaded<T>(EntryRequest request, T value)
    {
        if (value is null)
            return new LoadedValue(new NoValue(), default, EntryKind.None, options.Value.NoValueExpiration);
        if (!request.Keeps && ValueCodec.IsImmutable<T>())
            return new LoadedValue(new SharedValue<T>(value, 0), default, EntryKind.Value, TimeToLive: null);

        var bytes = codec.Serialize(value);
        if (limit.Allows(request.Key, bytes.Length))
            return new LoadedValue(ValueCodec.Store(value, bytes), bytes, EntryKind.Value, request.Expiration);

        return new LoadedValue(ValueCodec.Store(value, bytes), bytes, EntryKind.Value, TimeToLive: null);
    }

    /// <returns>
    /// Whether memory may keep the value, too: only what the region accepted, unless the call may not fill the region.
    /// </returns>
    private async Task<bool> FillAsync(
        EntryRequest request, RegionRead? reserved, string token, LoadedValue loaded, TimeSpan lifetime)
    {
        if (reserved is null)
        {
            metrics.Filled("not-reserved");
            return !request.FillsRegion && loaded.Added.Length == 0;
        }

        var expiresAt = time.GetUtcNow().ToUnixTimeMilliseconds() + (long)lifetime.TotalMilliseconds;
        var entry = new RegionEntry(loaded.Kind, token, expiresAt, reserved.Tags, loaded.Bytes);
        var (answered, result) = await calls
            .TryAsync(() => region.FillAsync(request.Key, reserved, entry, loaded.Added, lifetime))
            .ConfigureAwait(false);
        metrics.Filled(!answered ? "failed" : result switch
        {
            FillResult.Stored => "stored",
            FillResult.TagPurged => "tag-purged",
            _ => "purged",
        });
        return answered && result == FillResult.Stored;
    }

    private void Keep(
        EntryRequest request, StoredValue value, int[] addedSlots, int[] addedHashSlots, long addedSum, TimeSpan lifetime)
    {
        lifetime = Min(request.LocalExpiration, lifetime);
        if (request.Note is { } note && !request.Has(HybridCacheEntryFlags.DisableLocalCacheWrite) && lifetime > TimeSpan.Zero)
        {
            local.Keep(
                request.Key, value, [.. request.TagSlots, .. addedSlots], [.. request.HashSlots, .. addedHashSlots],
                note with { Sum = note.Sum + addedSum }, lifetime);
        }
    }

    private static bool AreEqual(IReadOnlyList<TagGeneration> some, IReadOnlyList<TagGeneration> others)
    {
        for (var i = 0; i < some.Count && i < others.Count; i++)
        {
            if (some[i] != others[i])
                return false;
        }

        return some.Count == others.Count;
    }

    private int[] SlotsOf(string[] tags) => Array.ConvertAll(tags, tag => PurgeTable.SlotOf(keys.Tag(tag).ToString()));

    private int[] HashSlotsOf(string[] tags) => connection.Shards?.HashSlotsOf(tags, keys) ?? [];

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed record LoadedValue(StoredValue Value, ReadOnlyMemory<byte> Bytes, EntryKind Kind, TimeSpan? TimeToLive)
    {
        /// <summary>The tags that became known during the load.</summary>
        public string[] Added { get; init; } = [];

        /// <summary>Their slots.</summary>
        public int[] AddedSlots { get; init; } = [];

        /// <summary>In a cluster, the hash slots of their generations.</summary>
        public int[] AddedHashSlots { get; init; } = [];

        /// <summary>The number of their purges when the load ended.</summary>
        public long AddedSum { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The entry {Key} can't be read as {Type} and is loaded again")]
        public static partial void Unreadable(ILogger logger, string key, string type, Exception failure);

        [LoggerMessage(Level = LogLevel.Error, Message = "The value of {Key} was returned but can't be cached")]
        public static partial void NotFilled(ILogger logger, string key, Exception failure);
    }
}
