using System.Diagnostics;
using System.Text.Json;
using LastMile.Events.Chaos.Load;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>Looks at the followed products in one region four times a second, and takes down how long each stale entry lives.</summary>
internal sealed class StaleWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly RegionCache cache;
    private readonly Shop shop;
    private readonly RedisKey[] keys;
    private readonly Followed[] followed;
    private readonly CancellationTokenSource stop = new();
    private readonly Task watching;

    public StaleWatch(RegionCache cache, Shop shop)
    {
        (this.cache, this.shop) = (cache, shop);
        keys = [.. shop.Followed.Select(product => (RedisKey)$"product:{product}")];
        followed = [.. shop.Followed.Select(_ => new Followed())];
        watching = WatchAsync();
    }

    public PurgeTimes Times { get; private set; } = PurgeTimes.None;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            try
            {
                // What was committed before the question must not be missing from the answer.
                var asked = Stopwatch.GetTimestamp();
                var stored = await cache.ReadAsync(keys);
                for (var i = 0; i < stored.Length; i++)
                    Look(shop.Followed[i], followed[i], stored[i], asked);
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                // Nobody can read from it now.
            }
        }
    }

    private void Look(int product, Followed state, string? stored, long asked)
    {
        // Most entries are those of the last look.
        if (stored != state.Stored)
            (state.Stored, state.Version) = (stored, VersionOf(stored));
        var cached = state.Version;
        var (newest, replaced) = shop.Book.Of(product, cached ?? int.MaxValue - 1);
        if (cached is { } old && old < newest && replaced < asked)
        {
            state.SeenStale = asked;
            return;
        }

        // Every change since the version that was cached last has purged it, each counted from its own commit.
        var current = cached ?? newest;
        for (var version = state.Cached ?? current; version < current; version++)
            Times = Times.With(StaleFor(product, version, state.SeenStale));
        (state.Cached, state.SeenStale) = (cached, null);
    }

    private TimeSpan StaleFor(int product, int version, long? seenStale) =>
        seenStale is { } seen && shop.Book.Of(product, version).Replaced is { } replaced && seen > replaced ? Stopwatch.GetElapsedTime(replaced, seen) : TimeSpan.Zero;

    private static int? VersionOf(string? stored)
    {
        if (stored is null || CachedEntry.Parse(stored) is not { } entry)
            return null;
        using var body = JsonDocument.Parse(entry.Body);
        return (int)body.RootElement.GetProperty("price").GetDecimal();
    }

    private sealed class Followed
    {
        /// <summary>What was in the cache at the last look, and its version.</summary>
        public string? Stored { get; set; }

        /// <summary>Null where there was nothing.</summary>
        public int? Version { get; set; }

        /// <summary>The version that was in the cache when it was looked at last and nothing was stale; null for none.</summary>
        public int? Cached { get; set; }

        /// <summary>When it was seen to be stale last; null when it is not.</summary>
        public long? SeenStale { get; set; }
    }
}
