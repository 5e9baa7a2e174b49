using System.Diagnostics;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Cli.Demo;

/// <summary>Receives each deletion from a region's Redis as a keyspace notification, without polling.</summary>
internal sealed class KeyDeletionWatch : IAsyncDisposable
{
    private const string DeletedChannel = "__keyevent@0__:del";

    private readonly ConnectionMultiplexer redis;

    private KeyDeletionWatch(Region region, ConnectionMultiplexer redis) => (Region, this.redis) = (region, redis);

    public Region Region { get; }

    public IServer Server => redis.GetServers()[0];

    public IDatabase Database => redis.GetDatabase();

    public static async Task<KeyDeletionWatch> StartAsync(Region region, Action<string, long> gone)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(region.Redis.Endpoint + ",allowAdmin=true");
        var watch = new KeyDeletionWatch(region, connection);
        await watch.Server.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Eg");
        await connection.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal(DeletedChannel), (_, key) => gone(key!, Stopwatch.GetTimestamp()));
        return watch;
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
