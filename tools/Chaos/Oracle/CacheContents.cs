using System.Runtime.CompilerServices;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>The contents of a region's Redis, read directly.</summary>
internal sealed class CacheContents : IAsyncDisposable
{
    private const int Scanned = 1_000;
    private const string Tags = "lm:main:tag:";

    private static readonly string[] Patterns = ["product:*", "category:*"];

    private readonly ConnectionMultiplexer redis;

    private CacheContents(Region region, ConnectionMultiplexer redis) => (Region, this.redis) = (region, redis);

    public Region Region { get; }

    public static async Task<CacheContents> ConnectAsync(Region region)
    {
        var options = ConfigurationOptions.Parse(region.AdministratorEndpoint);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.ConnectTimeout = 500;
        options.AsyncTimeout = 2_000;
        return new CacheContents(region, await ConnectionMultiplexer.ConnectAsync(options));
    }

    /// <summary>Returns the current values of keys. Of a cluster, some nodes may not answer.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<Stored[]> ReadAsync(RedisKey[] keys)
    {
        if (Region.Cluster is not null)
            return await Task.WhenAll(keys.Select(ReadAsync));
        var values = await redis.GetDatabase().StringGetAsync(keys);
        return [.. values.Select(value => new Stored(Answered: true, value))];
    }

    /// <summary>Returns every entry that a reader would get. Skips entries with a tag that was purged after the fill.</summary>
    public async IAsyncEnumerable<(string Key, string Body)> ServedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var servers = (await Region.KeyServersAsync()).Select(server => redis.GetServer("127.0.0.1", server.Port));
        foreach (var (server, pattern) in servers.SelectMany(server => Patterns.Select(pattern => (server, pattern))))
        {
            await foreach (var key in server.KeysAsync(pattern: pattern, pageSize: Scanned).WithCancellation(cancellationToken))
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
        var generations = await Task.WhenAll(tags.Select(tag => redis.GetDatabase().StringGetAsync(Tags + tag.Key)));
        return generations.Zip(tags).All(pair => ((string?)pair.First ?? "") == pair.Second.Value) ? entry.Body : null;
    }

    private async Task<Stored> ReadAsync(RedisKey key)
    {
        try
        {
            // As readers do: a replica that is being synchronized shows old entries.
            return new Stored(Answered: true, await redis.GetDatabase().StringGetAsync(key, CommandFlags.DemandMaster));
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return default;
        }
    }
}

/// <summary>The content of a key.</summary>
/// <param name="Answered">Whether the server answered.</param>
/// <param name="Content">The content; null if the key does not exist.</param>
internal readonly record struct Stored(bool Answered, string? Content);
