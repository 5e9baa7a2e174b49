using System.Diagnostics;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>Hears from a region's own Redis of each key that goes, by keyspace notifications: the same for every contender, and no polling.</summary>
internal sealed class DeletedKeys : IAsyncDisposable
{
    private const int FillBatch = 1_000;

    // A region is a writable replica; the client writes to a replica only in scripts.
    private const string Fill = "for i = 1, #KEYS do redis.call('SET', KEYS[i], '1', 'EX', '3600') end";

    private readonly ConnectionMultiplexer redis;

    private DeletedKeys(ConnectionMultiplexer redis) => this.redis = redis;

    /// <summary>The region's Redis.</summary>
    public IDatabase Region => redis.GetDatabase();

    /// <summary>Begins to listen.</summary>
    /// <param name="region">Where.</param>
    /// <param name="gone">Hears the key and the moment, in the order of the deletes.</param>
    public static async Task<DeletedKeys> ListenAsync(RedisServer region, Action<string, long> gone)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(region.Endpoint + ",allowAdmin=true");
        await connection.GetServers()[0].ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Eg");
        await connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal("__keyevent@0__:del"), (_, key) => gone(key!, Stopwatch.GetTimestamp()));
        return new DeletedKeys(connection);
    }

    /// <summary>Fills the region's cache, so that the keys can go. The primary never sees them.</summary>
    public Task FillAsync(IEnumerable<string> keys) =>
        Task.WhenAll(keys.Chunk(FillBatch).Select(chunk => Region.ScriptEvaluateAsync(Fill, Array.ConvertAll(chunk, key => (RedisKey)key))));

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
