using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Cli.Demo;

/// <summary>Receives each deletion from a region's Redis as a keyspace notification, without polling, and reads its keys.</summary>
internal sealed class KeyDeletionWatch : IAsyncDisposable
{
    private const string DeletedChannel = "__keyevent@0__:del";

    private readonly List<Node> nodes = [];

    private KeyDeletionWatch(Region region) => Region = region;

    public Region Region { get; }

    public static async Task<KeyDeletionWatch> StartAsync(Region region, Action<string, long> gone)
    {
        var watch = new KeyDeletionWatch(region);
        foreach (var server in await region.KeyServersAsync())
        {
            // Notifications are local to a node, so each node has a connection, which must not look for the others.
            var connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true,$CLUSTER=");
            watch.nodes.Add(new Node(connection, await watch.ShardAsync(server)));
            await connection.GetServers()[0].ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Eg");
            await connection.GetSubscriber().SubscribeAsync(
                RedisChannel.Literal(DeletedChannel), (_, key) => gone(key!, Stopwatch.GetTimestamp()));
        }

        return watch;
    }

    /// <summary>Returns whether every node that holds keys shows a watermark or a later one.</summary>
    public async Task<bool> ShowsAsync(Watermark watermark)
    {
        foreach (var node in nodes)
        {
            if (!Watermark.TryParse(await node.Database.StringGetAsync(node.Names.Watermark), out var shown) || shown < watermark)
                return false;
        }

        return true;
    }

    /// <summary>Returns every key with a prefix, and its content; null if it has been deleted since it was found.</summary>
    public async IAsyncEnumerable<(string Key, string? Content)> ReadAsync(string prefix)
    {
        foreach (var node in nodes)
        {
            await foreach (var key in node.Server.KeysAsync(pattern: prefix + "*", pageSize: 1_000))
                yield return (key!, await node.Database.StringGetAsync(key));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.Redis.DisposeAsync();
    }

    // LastMile's own names on a node of a cluster carry the tag of its lowest slot.
    private async Task<string?> ShardAsync(RedisServer server)
    {
        if (Region.Cluster is not { } cluster)
            return null;
        var slots = await cluster.SlotsOfAsync(cluster.Nodes.Single(node => node.Server == server));
        return HashSlot.TagOf(slots.Min());
    }

    private sealed record Node(ConnectionMultiplexer Redis, string? Shard)
    {
        public IServer Server => Redis.GetServers()[0];

        public IDatabase Database => Redis.GetDatabase();

        public RedisKeys Names { get; } = new(Shard: Shard);
    }
}
