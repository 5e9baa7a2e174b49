using System.Runtime.CompilerServices;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>The contents of a region's Redis, read directly.</summary>
internal sealed class CacheContents : IAsyncDisposable
{
    private const int Scanned = 1_000;
    private const string Tags = "lm:main:tag:";

    private readonly ConnectionMultiplexer redis;

    private CacheContents(Region region, ConnectionMultiplexer redis) => (Region, this.redis) = (region, redis);

    public Region Region { get; }

    public static async Task<CacheContents> ConnectAsync(Region region)
    {
        var options = ConfigurationOptions.Parse(region.Redis.Endpoint);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.ConnectTimeout = 500;
        options.AsyncTimeout = 2_000;
        return new CacheContents(region, await ConnectionMultiplexer.ConnectAsync(options));
    }

    /// <summary>Returns the current values of keys.</summary>
    public async Task<string?[]> ReadAsync(RedisKey[] keys) =>
        [.. (await redis.GetDatabase().StringGetAsync(keys)).Select(value => (string?)value)];

    /// <summary>Returns every entry that a reader would get. Skips entries with a tag that was purged after the fill.</summary>
    public async IAsyncEnumerable<(string Key, string Body)> ServedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var pattern in (string[])["product:*", "category:*"])
        {
            var keys = redis.GetServers()[0].KeysAsync(pattern: pattern, pageSize: Scanned);
            await foreach (var key in keys.WithCancellation(cancellationToken))
            {
                if (await ServedAsync(key) is { } body)
                    yield return (key!, body);
            }
        }
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    private async Task<string?> ServedAsync(RedisKey key)
    {
        var stored = (string?)await redis.GetDatabase().StringGetAsync(key);
        if (stored is null || CachedEntry.Parse(stored) is not { } entry)
            return null;
        var tags = entry.Tags.ToArray();
        var generations = await ReadAsync([.. tags.Select(tag => (RedisKey)(Tags + tag.Key))]);
        return generations.Zip(tags).All(pair => (pair.First ?? "") == pair.Second.Value) ? entry.Body : null;
    }
}
