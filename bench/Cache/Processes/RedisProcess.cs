using System.Text.Json;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A process that reads JSON from Redis, and on a miss loads and sets it, as in many applications.</summary>
internal sealed class RedisProcess : ICacheProcess
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup = "GET, and on a miss SET, which the caller does not wait for; System.Text.Json; no memory, nothing shared";

    private readonly ConnectionMultiplexer redis;
    private readonly IDatabase database;
    private readonly TimeSpan expiration;

    private RedisProcess(ConnectionMultiplexer redis, TimeSpan expiration)
    {
        (this.redis, this.expiration) = (redis, expiration);
        database = redis.GetDatabase();
    }

    public static async Task<ICacheProcess> StartAsync(RedisServer region, CacheTimes times, CancellationToken cancellationToken) =>
        new RedisProcess(await ConnectionMultiplexer.ConnectAsync(RegionAddress.Of(region)), times.Expiration);

    public async ValueTask<T> ReadAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class
    {
        var found = await database.StringGetAsync(key);
        if (found.HasValue)
            return JsonSerializer.Deserialize<T>(((ReadOnlyMemory<byte>)found).Span)!;
        var value = await load(CancellationToken.None);
        await database.StringSetAsync(
            key, JsonSerializer.SerializeToUtf8Bytes(value), expiration, When.Always, CommandFlags.FireAndForget);
        return value;
    }

    public ValueTask<T> ReadRegionAsync<T>(string key, Func<CancellationToken, ValueTask<T>> load)
        where T : class => ReadAsync(key, load);

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
