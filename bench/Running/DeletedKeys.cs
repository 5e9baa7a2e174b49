using System.Diagnostics;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>
/// Receives each deletion from a region's Redis as a keyspace notification: the same for every contender, without polling.
/// </summary>
internal sealed class DeletedKeys : IAsyncDisposable
{
    private const int FillBatch = 1_000;

    // A region is a writable replica, and the client sends writes to a replica only in scripts.
    private const string Fill = "for i = 1, #KEYS do redis.call('SET', KEYS[i], '1', 'EX', '3600') end";

    private readonly ConnectionMultiplexer redis;

    private DeletedKeys(ConnectionMultiplexer redis) => this.redis = redis;

    /// <summary>The region's Redis.</summary>
    public IDatabase Region => redis.GetDatabase();

    /// <summary>Subscribes to a region's deletions.</summary>
    /// <param name="region">The region's Redis.</param>
    /// <param name="gone">Called with the key and the timestamp, in the order of the deletions.</param>
    public static async Task<DeletedKeys> ListenAsync(RedisServer region, Action<string, long> gone)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(region.Endpoint + ",allowAdmin=true");
        await connection.GetServers()[0].ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Eg");
        await connection.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal("__keyevent@0__:del"), (_, key) => gone(key!, Stopwatch.GetTimestamp()));
        return new DeletedKeys(connection);
    }

    /// <summary>Fills the region's cache with keys to purge. The primary never holds them.</summary>
    public Task FillAsync(IEnumerable<string> keys) =>
        Task.WhenAll(keys.Chunk(FillBatch)
            .Select(chunk => Region.ScriptEvaluateAsync(Fill, Array.ConvertAll(chunk, key => (RedisKey)key))));

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
