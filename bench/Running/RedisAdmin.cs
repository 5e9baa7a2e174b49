using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>A connection to a Redis server that may run admin commands.</summary>
internal sealed class RedisAdmin : IAsyncDisposable
{
    private readonly ConnectionMultiplexer redis;

    private RedisAdmin(ConnectionMultiplexer redis) => this.redis = redis;

    public IServer Server => redis.GetServers()[0];

    public IDatabase Database => redis.GetDatabase();

    public static async Task<RedisAdmin> ConnectAsync(RedisServer server) =>
        new(await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true"));

    public Task<RedisUsage> UsageAsync() => RedisUsage.OfAsync(Server);

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
