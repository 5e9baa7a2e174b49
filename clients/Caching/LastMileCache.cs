using System.Collections.Concurrent;
using System.Transactions;
using LastMile.Events.Caching.Loading;
using LastMile.Events.Caching.Local;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Removing;
using LastMile.Events.Caching.Serialization;
using LastMile.Events.Caching.Telemetry;
using LastMile.Events.Redis;
using Microsoft.Extensions.Caching.Hybrid;

namespace LastMile.Events.Caching;

/// <summary>
/// A <see cref="HybridCache"/> over this process's memory and the region's Redis. A value disappears from both within milliseconds of the
/// commit that changed it, and no reader can put back an older one. Thread-safe.
/// </summary>
public sealed class LastMileCache : HybridCache
{
    private const HybridCacheEntryFlags NoWrites =
        HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite;

    private const HybridCacheEntryFlags NoCache =
        HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCache;

    private readonly RegionConnection connection;
    private readonly LocalStore local;
    private readonly RegionSoundness soundness;
    private readonly EntryReader reader;
    private readonly EntryWriter writer;
    private readonly Remover remover;
    private readonly ValueCodec codec;
    private readonly CacheMetrics metrics;
    private readonly RedisKeys keys;
    private readonly CacheKeys validKeys;
    private readonly EntryDefaults defaults;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<FlightKey, (Flight Flight, EntryRequest Request)> flights = new();

    internal LastMileCache(
        RegionConnection connection, LocalStore local, RegionSoundness soundness, EntryReader reader, EntryWriter writer, Remover remover,
        ValueCodec codec, CacheMetrics metrics, RedisKeys keys, CacheKeys validKeys, EntryDefaults defaults, TimeProvider time)
    {
        (this.connection, this.local, this.soundness, this.reader, this.writer, this.remover) =
            (connection, local, soundness, reader, writer, remover);
        (this.codec, this.metrics, this.keys, this.validKeys) = (codec, metrics, keys, validKeys);
        (this.defaults, this.time) = (defaults, time);
    }

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryGetLocal<T>(key, defaults.FlagsOf(options), out var value)
            ? new ValueTask<T>(value)
            : MissAsync(key, state, factory, options, tags, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryGetLocal<T>(key, defaults.FlagsOf(options), out var value)
            ? new ValueTask<T>(value)
            : MissAsync(key.ToString(), state, factory, options, tags, cancellationToken);
    }

    /// <summary>Returns a value from the cache; if there is none, loads it, with tags that become known only during the load.</summary>
    /// <param name="key">The key, as purge rules render it.</param>
    /// <param name="load">Loads the value, and adds tags to its context.</param>
    /// <param name="options">The entry's options; null for the defaults.</param>
    /// <param name="tags">The tags that are known before the load; null for none.</param>
    /// <param name="cancellationToken">Cancels this call. A load that other calls share continues.</param>
    public ValueTask<T> GetOrCreateAsync<T>(
        string key,
        Func<FillContext, CancellationToken, ValueTask<T>> load,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryGetLocal<T>(key, defaults.FlagsOf(options), out var value)
            ? new ValueTask<T>(value)
            : MissAsync(key, load, options, tags, cancellationToken);
    }

    /// <summary>
    /// Stores a value that was read within the last <see cref="LastMileCacheOptions.LeaseTime"/>. It is not stored if a purge may be newer:
    /// the key or one of its tags was purged within that time, or this process has received the region's purges for less than that. Then
    /// the key is removed from this process and its region. Call it with committed values only, so after the commit of a transaction.
    /// </summary>
    /// <inheritdoc/>
    public override async ValueTask SetAsync<T>(
        string key,
        T value,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        var calledAt = time.GetTimestamp();
        cancellationToken.ThrowIfCancellationRequested();
        if (!validKeys.IsValid(key))
            return;

        var request = RequestOf(key, tags, options);
        if (request.Has(NoWrites) || request.Has(HybridCacheEntryFlags.DisableUnderlyingData))
            return;
        var mayStore = value is not null && request.Expiration > TimeSpan.Zero && !IsInTransaction()
            && soundness.HoldsFor(request.HashSlots);
        if (!mayStore || !await writer.WriteAsync(request, value, calledAt, cancellationToken).ConfigureAwait(false))
            await remover.DropAsync(key).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes a key from this process and its region at once, and then from every region. See
    /// <see cref="LastMileCacheOptions.PurgeApi"/> and <see cref="LastMileCacheOptions.RemoveFromThisRegionOnly"/>.
    /// </summary>
    /// <inheritdoc/>
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        RemoveAsync([key], cancellationToken);

    /// <inheritdoc cref="RemoveAsync(string, CancellationToken)"/>
    public override async ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string[] all = [.. keys ?? []];
        foreach (var key in all)
            ArgumentNullException.ThrowIfNull(key);
        if (all.Where(validKeys.IsValid).Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } removed)
            await remover.RemoveAsync(removed, [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes all entries with a tag from every region. Returns when the purge has arrived in this region, usually within milliseconds, or
    /// after a second.
    /// </summary>
    /// <exception cref="NotSupportedException">The tag is <c>*</c>, which means all entries: purge them with the HTTP API.</exception>
    /// <inheritdoc/>
    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync([tag], cancellationToken);

    /// <inheritdoc cref="RemoveByTagAsync(string, CancellationToken)"/>
    public override async ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (tags?.Where(tag => !string.IsNullOrWhiteSpace(tag)).Distinct(StringComparer.Ordinal).ToArray() is not { Length: > 0 } renewed)
            return;
        if (renewed.Contains("*", StringComparer.Ordinal))
            throw new NotSupportedException("The tag '*' would remove every entry in every region. Use POST /purges with {\"all\":true}.");
        await remover.RemoveAsync([], renewed, cancellationToken).ConfigureAwait(false);
    }

    private bool TryGetLocal<T>(string key, HybridCacheEntryFlags flags, out T value) =>
        TryRead(ReadsLocal(flags) ? local.Get(key) : null, out value);

    private bool TryGetLocal<T>(ReadOnlySpan<char> key, HybridCacheEntryFlags flags, out T value) =>
        TryRead(ReadsLocal(flags) ? local.Get(key) : null, out value);

    private static bool ReadsLocal(HybridCacheEntryFlags flags) =>
        (flags & HybridCacheEntryFlags.DisableLocalCacheRead) == HybridCacheEntryFlags.None;

    private bool TryRead<T>(StoredValue? stored, out T value)
    {
        value = default!;
        if (stored is null)
            return false;
        // The most frequent form, without a call.
        if (stored is SharedValue<T> shared)
            value = shared.Value;
        else if (!codec.TryRead(stored, out value!))
            return false;

        metrics.ReadFromMemory();
        return true;
    }

    // A separate method, so that a hit allocates no closure.
    private ValueTask<T> MissAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options,
        IEnumerable<string>? tags,
        CancellationToken cancellationToken) =>
        MissAsync(key, (_, token) => factory(state, token), options, tags, cancellationToken);

    private async ValueTask<T> MissAsync<T>(
        string key,
        Func<FillContext, CancellationToken, ValueTask<T>> load,
        HybridCacheEntryOptions? options,
        IEnumerable<string>? tags,
        CancellationToken cancellationToken)
    {
        var flags = defaults.FlagsOf(options);
        if (!validKeys.IsValid(key))
        {
            return (flags & HybridCacheEntryFlags.DisableUnderlyingData) == HybridCacheEntryFlags.None
                ? await load(new FillContext(key), cancellationToken).ConfigureAwait(false)
                : default!;
        }

        Flight? outdated = null;
        while (true)
        {
            var request = RequestOf(key, tags, options);
            var (flight, run) = (soundness.HoldsFor(request.HashSlots), IsInTransaction()) switch
            {
                (false, _) => Start(request with { Flags = flags | NoCache, Note = null }, load),
                // A transaction may read its own changes, which are not committed yet.
                (_, true) => Start(request with { Flags = flags | NoWrites, Note = null }, load),
                _ => Join(request, load, outdated),
            };
            var result = await flight.WaitAsync(run, cancellationToken).ConfigureAwait(false);
            // Another call's load may depend on a tag that was purged before this call, and that only the load knew.
            if (run is null && (result.IsPrivate
                || (result.AddedSlots.Length > 0 && local.WasPurgedSince(flight.StartedAt, key, result.AddedSlots))))
            {
                outdated = flight;
                continue;
            }

            return result.Value is { } stored && codec.TryRead<T>(stored, out var value) ? value : default!;
        }
    }

    // Reads share a load only while none of its names was purged since it began, as far as this process knows. Without the purge feed it
    // can't know, so each one reads the region itself.
    private (Flight Flight, Task? Run) Join<T>(
        EntryRequest request, Func<FillContext, CancellationToken, ValueTask<T>> load, Flight? outdated)
    {
        var id = new FlightKey(request.Key, request.Flags, typeof(T));
        while (request.Note is not null)
        {
            var isTaken = flights.TryGetValue(id, out var current);
            if (isTaken && current.Flight != outdated
                && local.Stands(request.Key, current.Request.TagSlots, current.Request.Note!.Value) && current.Flight.TryJoin())
            {
                return (current.Flight, null);
            }

            var mine = (Flight: new Flight(time.GetTimestamp()), Request: request);
            if (isTaken ? flights.TryUpdate(id, mine, current) : flights.TryAdd(id, mine))
                return (mine.Flight, reader.RunAsync(mine.Flight, request, load, () => flights.TryRemove(KeyValuePair.Create(id, mine))));

            mine.Flight.Dispose();
        }

        return Start(request, load);
    }

    private (Flight Flight, Task? Run) Start<T>(EntryRequest request, Func<FillContext, CancellationToken, ValueTask<T>> load)
    {
        var flight = new Flight(time.GetTimestamp());
        return (flight, reader.RunAsync(flight, request, load, ended: null));
    }

    private EntryRequest RequestOf(string key, IEnumerable<string>? tags, HybridCacheEntryOptions? entry)
    {
        var names = CacheTags.Distinct(tags);
        CacheTags.Check(names);
        var slots = Array.ConvertAll(names, tag => PurgeTable.SlotOf(keys.Tag(tag).ToString()));
        return new EntryRequest(
            key, names, slots, connection.Shards?.HashSlotsOf(key, names, keys) ?? [], local.Note(key, slots),
            defaults.FlagsOf(entry), defaults.ExpirationOf(entry),
            defaults.LocalExpirationOf(entry));
    }

    // A scope that is completed but not disposed yet has no current transaction to ask.
    private static bool IsInTransaction()
    {
        try
        {
            return Transaction.Current is not null;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
