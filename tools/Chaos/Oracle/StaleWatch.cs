using System.Globalization;
using LastMile.Events.Chaos.Load;
using LastMile.Events.Chaos.Report;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>Reads the followed products in one region four times per second, and records how long each stale entry lives.</summary>
internal sealed class StaleWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly CacheContents cache;
    private readonly Absences absences;
    private readonly IProgress<string> progress;
    private readonly TimeProvider time;
    private readonly RedisKey[] keys;
    private readonly Followed[] followed;
    private readonly CancellationTokenSource stop = new();
    private readonly Task watching;

    public StaleWatch(CacheContents cache, Shop shop, Absences absences, IProgress<string> progress)
    {
        (this.cache, this.absences, this.progress, time) = (cache, absences, progress, shop.Commits.Time);
        keys = [.. shop.Followed.Select(product => (RedisKey)$"product:{product}")];
        followed = [.. shop.Followed.Select(product => new Followed(product, new FollowedEntry(shop.Commits, product)))];
        watching = WatchAsync();
    }

    public string Region => cache.Region.Name;

    public PurgeTimes Times { get; private set; } = PurgeTimes.None;

    /// <summary>How many purges took more than a second, by the faults of that time.</summary>
    public Dictionary<string, long> Late { get; } = new(StringComparer.Ordinal);

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
                var readAt = time.GetTimestamp();
                var stored = await cache.ReadAsync(keys);
                for (var i = 0; i < stored.Length; i++)
                {
                    if (stored[i].Answered)
                        Look(followed[i], stored[i].Content, readAt);
                }
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                // The region's Redis is unavailable, so readers cannot read stale entries either.
            }
        }
    }

    private void Look(Followed state, string? stored, long readAt)
    {
        // Most entries have not changed since the last read.
        if (stored != state.Stored)
            (state.Stored, state.Version) = (stored, VersionOf(stored));
        foreach (var span in state.Entry.Look(state.Version, readAt))
        {
            var (unexcused, excuse) = absences.Judge(Region, span);
            var took = time.GetElapsedTime(span.From, span.To);
            Times = Times.With(took, unexcused, excuse);
            if (took <= PurgeTimes.Soon)
                continue;
            var faults = absences.FaultsDuring(span);
            Late[faults] = Late.GetValueOrDefault(faults) + 1;
            if (unexcused > IndependentTargets.LongestUnexcused)
                progress.Report(Unexcused(state.Product, took, unexcused, faults));
        }
    }

    private string Unexcused(int product, TimeSpan took, TimeSpan unexcused, string faults) => string.Create(
        CultureInfo.InvariantCulture,
        $"      product {product} was stale in {Region} for {took.TotalSeconds:0.0} s, {unexcused.TotalSeconds:0.0} s of them without an "
            + $"excuse, until {time.GetLocalNow():HH:mm:ss} ({faults})");

    private static int? VersionOf(string? stored)
    {
        if (stored is null || CachedEntry.Parse(stored) is not { } entry)
            return null;
        return (int)ProductView.Parse(entry.Body).Price;
    }

    private sealed class Followed(int product, FollowedEntry entry)
    {
        public int Product => product;

        public FollowedEntry Entry => entry;

        /// <summary>The cached value at the last read; null for none.</summary>
        public string? Stored { get; set; }

        /// <summary>The version of that value; null for none.</summary>
        public int? Version { get; set; }
    }
}
